import {
  agentAddress,
  budgetAddress,
  contentHash,
  parseAddress,
  Refusal,
  sha256Hex,
  threadAddress,
  type BlobRef,
  type Participant,
  type Policy,
} from '../../events/index.ts';
import type { Actors } from '../ports.ts';
import { changePlaces, parseDiff } from '../shared/diff/index.ts';
import type { Role } from '../shared/prompt/index.ts';
import { emptyMap, replaceSensitive } from '../shared/redact/index.ts';
import { uuidV7 } from '../shared/ids.ts';
import type { ReviewDeps } from './deps.ts';

export type ReviewRequest = {
  readonly project: string;
  /** Name of the task; by default one that follows from the input, so that the same input goes on. */
  readonly task?: string | undefined;
  /** The unified diff, as text. */
  readonly diff: string;
  readonly policy: Policy;
  readonly deadlineMs: number;
  readonly budget: BudgetRules;
};

/** What the configuration says about money. */
export type BudgetRules = {
  /** Caps in micro-dollars, by scope or kind of scope; null for a kind without one. */
  readonly limitsMicroUsd: Readonly<Record<string, number | null>>;
  /** Percent of a cap at which an alert is raised. */
  readonly alertsPct: readonly number[];
  /** True: the cap of the task was asked for with this review, so it holds even if another was set before. */
  readonly isTaskCapGiven?: boolean;
};

/**
 * Refuses what would fail later, before anything is written: a diff that cannot be read (DIFF_INVALID), a
 * model without a price (MODEL_UNKNOWN).
 */
export function checkRequest(
  { gateway, models }: Pick<ReviewDeps, 'gateway' | 'models'>,
  diff: string,
): void {
  parseDiff(diff);
  // Whatever the tiers of the roles are: risk may raise one, and want of money lower it.
  for (const model of new Set(Object.values(models))) {
    gateway.quote({ model, messages: [], maxTokens: 1 });
  }
}

const everything = { personalData: true, ipAddresses: true };

/** The task of a review that was not given a name: the same for the same input, rules and roles. */
export function taskOf(
  deps: Pick<ReviewDeps, 'roles'>,
  { diff, policy }: Pick<ReviewRequest, 'diff' | 'policy'>,
): string {
  const roles = deps.roles.map((role) => contentHash(role));
  // An address is in clear: a hash of what was redacted could be guessed from.
  const { text } = replaceSensitive(diff, emptyMap('task'), everything);
  return `review-${contentHash({ diff: text, policy, roles }).slice(0, 12)}`;
}

/**
 * Opens a review, or finds the one that the same request opened before. Returns the thread's address.
 */
export async function openReview(deps: ReviewDeps, request: ReviewRequest): Promise<string> {
  const files = changePlaces(parseDiff(request.diff));
  const task = request.task ?? taskOf(deps, request);
  const thread = threadAddress(request.project, task);
  const { review, fork } = (await deps.actors.state('thread', thread))?.context ?? {};
  // Before anything is kept for the subject again.
  if (review) await requireReadable(deps, thread, fork?.subject ?? thread, review.change.blob);
  const diff = await deps.redactor.redact(thread, request.diff);
  const hash = sha256Hex(diff);
  if (review) {
    if (review.change.hash === hash) {
      await capTask(deps, thread, request.budget);
      return thread;
    }
    throw new Refusal(
      'ARGUMENT_INVALID',
      `${thread} reviews another change; choose another --task`,
    );
  }
  await openBudget(deps, request);
  await capTask(deps, thread, request.budget);
  const participants = await registerAgents(deps, request.project);
  const blob = await deps.vault.sealBlob(thread, diff);
  const { project, policy, deadlineMs } = request;
  const tell = teller(deps.actors, 'thread', thread);
  await tell('open', { type: 'open', project, task });
  await tell('openReview', {
    type: 'openReview',
    change: { hash, blob, files },
    participants,
    policy,
    deadlineAt: new Date(deps.clock.nowMs() + deadlineMs).toISOString(),
  });
  return thread;
}

async function requireReadable(
  { vault }: Pick<ReviewDeps, 'vault'>,
  thread: string,
  subject: string,
  blob: BlobRef,
): Promise<void> {
  if ((await vault.openBlob(subject, blob)) !== null) return;
  throw new Refusal(
    'BODY_UNREADABLE',
    `the texts of ${thread} were erased; review the change as another task, with --again or --task`,
  );
}

/**
 * Gives a task its cap: a cap of its own, so that what is asked for with the next review does not change it.
 * One that was set before stays, unless this one was asked for.
 */
export async function capTask(
  { actors, clock }: Pick<ReviewDeps, 'actors' | 'clock'>,
  thread: string,
  { limitsMicroUsd, isTaskCapGiven = false }: BudgetRules,
): Promise<void> {
  const { project, task } = parseAddress(thread);
  const limitMicroUsd = limitsMicroUsd['task'] ?? null;
  const scope = `task:${task}`;
  const known = (await actors.state('budget', budgetAddress(project)))?.context.limits[scope];
  if (limitMicroUsd === null || (known !== undefined && !isTaskCapGiven)) return;
  const tell = teller(actors, 'budget', budgetAddress(project));
  const by = 'configuration';
  await tell(uuidV7(clock.nowMs()), { type: 'setLimit', scope, limitMicroUsd, by });
}

async function openBudget(deps: ReviewDeps, request: ReviewRequest): Promise<void> {
  const tell = teller(deps.actors, 'budget', budgetAddress(request.project));
  // Told anew each time: decided by what the ledger knows, not by what was said before.
  const fresh = () => uuidV7(deps.clock.nowMs());
  await tell(fresh(), { type: 'open', project: request.project });
  const { limitsMicroUsd, alertsPct } = request.budget;
  const by = 'configuration';
  for (const [scope, limitMicroUsd] of Object.entries(limitsMicroUsd)) {
    // A kind that the configuration says nothing of has the cap that a person may have set; tasks have one
    // each.
    if (limitMicroUsd === null || scope === 'task') continue;
    await tell(fresh(), { type: 'setLimit', scope, limitMicroUsd, by });
  }
  await tell(fresh(), { type: 'setAlerts', thresholdsPct: alertsPct, by });
  await tell(fresh(), { type: 'expire' });
}

async function registerAgents(deps: ReviewDeps, project: string): Promise<Participant[]> {
  return Promise.all(
    deps.roles.map(async (role) => {
      const agent = agentAddress(role.name, role.name, project);
      const tell = teller(deps.actors, 'agent', agent);
      await requireAtWork(deps, agent);
      await tell(uuidV7(deps.clock.nowMs()), registration(role, project));
      const log = deps.actors.logOf(agent);
      if (!log) throw new TypeError(`${agent} has no log`);
      return { agent, role: role.name, log };
    }),
  );
}

async function requireAtWork({ actors }: ReviewDeps, agent: string): Promise<void> {
  const value = (await actors.state('agent', agent))?.value;
  if (value !== 'suspended' && value !== 'retired') return;
  const way = value === 'suspended' ? `bzzz agent resume '${agent}', or review` : 'review';
  throw new Refusal('COMMAND_NOT_ALLOWED', `${agent} is ${value}; ${way} without it by --roles`);
}

function registration(role: Role, project: string) {
  const { name, capabilities, tier } = role;
  const roleHash = contentHash(role);
  return { type: 'register' as const, name, project, role: name, roleHash, capabilities, tier };
}

function teller<Kind extends 'thread' | 'agent' | 'budget'>(
  actors: Actors,
  kind: Kind,
  actor: string,
) {
  return (commandId: string, command: Parameters<typeof actors.handle<Kind>>[0]['command']) =>
    actors.handle({ kind, actor, commandId, command });
}
