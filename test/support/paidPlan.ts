import fc from 'fast-check';
import { agentAddress, budgetAddress, sha256Hex, threadAddress } from '../../events/index.ts';
import type { Actors, CallOption, ModelGateway, PaidTurn, Vault } from '../../src/ports.ts';
import { Dice } from './dice.ts';
import { capSetter } from './paidBooks.ts';
import { paidRequest } from './paidProvider.ts';
import { testPolicy } from './testNode.ts';

/** Something that happens when the load has given its nth command. */
export type Incident = {
  readonly at: number;
  readonly what: 'killed before' | 'killed after' | 'expiry' | 'pause' | 'new cap';
};

/** Many calls at once: all that happens follows from it, but what is a matter of timing. */
export type LoadPlan = {
  readonly seed: number;
  /** Calls of a few micro-dollars. */
  readonly isTiny: boolean;
  readonly turns: number;
  readonly agents: number;
  readonly tasks: number;
  /** The cap of each scope of a kind, in percent of what its turns hold if each calls once. */
  readonly capsPct: Readonly<Record<string, number>>;
  readonly holdMs: number;
  readonly incidents: readonly Incident[];
};

const project = 'shop';
export const budget = budgetAddress(project);
export const labels = { team: 'payments' };
const roles = ['reviewer', 'architect', 'performance'] as const;
const capped = ['task', 'thread', 'agent', 'role', 'project', 'day', 'month', 'team'] as const;

/** Plans of up to so many turns, with caps on any scopes, and incidents. */
export function anyPlan(turnsMax: number): fc.Arbitrary<LoadPlan> {
  const anyIncident = fc.record({
    at: fc.integer({ min: 1, max: 6 * turnsMax }),
    what: fc.constantFrom<Incident['what'][]>(
      'killed before',
      'killed after',
      'expiry',
      'pause',
      'new cap',
    ),
  });
  const anyCap = fc.oneof(
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 10 }) },
    { weight: 4, arbitrary: fc.integer({ min: 30, max: 300 }) },
  );
  return fc.record({
    seed: fc.nat(),
    isTiny: fc.boolean(),
    turns: fc.integer({ min: 1, max: turnsMax }),
    agents: fc.integer({ min: 1, max: 5 }),
    tasks: fc.integer({ min: 1, max: 4 }),
    capsPct: fc.dictionary(fc.constantFrom(...capped), anyCap, { minKeys: 1, maxKeys: 4 }),
    holdMs: fc.constantFrom(50, 1000, 60_000),
    incidents: fc.array(anyIncident, { maxLength: 6, size: 'max' }),
  });
}

/** The turns of a plan; the first message of what they ask begins with their id. */
export function turnsOf({ turns, agents, tasks }: LoadPlan): PaidTurn[] {
  return Array.from({ length: turns }, (_, index) => {
    const agent = index % agents;
    const role = roles[agent % roles.length] ?? 'reviewer';
    const task = `pr-${Math.floor(index / agents) % tasks}`;
    return {
      turn: `turn-${index}`,
      agent: agentAddress(`agent-${agent}`, role, project),
      thread: threadAddress(project, task),
      budget,
    };
  });
}

/** Ways to ask, the dearest first; another life of the process may find others. */
export function optionsOf(
  { seed, isTiny }: LoadPlan,
  { turn }: PaidTurn,
  life: number,
): CallOption[] {
  const dice = new Dice(seed, `options of ${turn} in ${life}`);
  const usual = isTiny ? dice.whole(1, 6) : dice.whole(10, 800);
  const promptTokens = dice.chance(90) || isTiny ? usual : dice.whole(2000, 6000);
  const maxTokens = dice.whole(1, isTiny ? 4 : 400);
  const model = dice.one('large', 'small', 'spare');
  const first = { model, promptTokens, maxTokens };
  const second = { model: 'small', promptTokens: Math.ceil(promptTokens / 3), maxTokens };
  const ways = dice.chance(40) ? [first, second] : [first];
  return ways.map((way, index) => ({
    request: paidRequest(turn, way),
    choice: `option-${index + 1}`,
  }));
}

/** The ledger, its caps, its agents, and the threads that they are asked to speak in. */
export async function openLoad(
  actors: Actors,
  vault: Pick<Vault, 'sealBlob'>,
  plan: LoadPlan,
  quote: ModelGateway['quote'],
): Promise<void> {
  const open = { type: 'open', project } as const;
  await actors.handle({ kind: 'budget', actor: budget, commandId: 'open', command: open });
  for (const kind of Object.keys(plan.capsPct)) await setCap(actors, plan, quote, kind, 100);
  const agents = new Set(turnsOf(plan).map(({ agent }) => agent));
  for (const agent of agents) {
    const [, name = '', role = ''] = /^bzzz:\/\/([^:]+):([^@]+)@/.exec(agent) ?? [];
    const said = { name, project, role, roleHash: sha256Hex(role), capabilities: [] };
    await actors.handle({
      kind: 'agent',
      actor: agent,
      commandId: 'register',
      command: { type: 'register', ...said, tier: 'standard' },
    });
  }
  for (const thread of new Set(turnsOf(plan).map((turn) => turn.thread)))
    await openThread(actors, vault, plan, thread);
}

async function openThread(
  actors: Actors,
  vault: Pick<Vault, 'sealBlob'>,
  plan: LoadPlan,
  thread: string,
): Promise<void> {
  const to = { kind: 'thread', actor: thread } as const;
  const task = thread.slice(thread.lastIndexOf(':') + 1);
  const agents = new Set(
    turnsOf(plan).flatMap((turn) => (turn.thread === thread ? turn.agent : [])),
  );
  const participants = [...agents].map((agent) => {
    const role = /:([^:@]+)@/.exec(agent)?.[1] ?? '';
    return { agent, role, log: actors.logOf(agent) ?? '' };
  });
  const hash = sha256Hex(task);
  const blob = await vault.sealBlob(thread, task);
  const change = { hash, blob, files: [{ path: 'a.ts', ranges: [] }] };
  await actors.handle({ ...to, commandId: 'open', command: { type: 'open', project, task } });
  await actors.handle({
    ...to,
    commandId: 'openReview',
    command: {
      type: 'openReview',
      change,
      participants,
      policy: { ...testPolicy, minParticipants: 1 },
      deadlineAt: '2099-01-01T00:00:00.000Z',
    },
  });
}

/** Sets the cap of a kind of scope to that many percent of the plan's. */
export async function setCap(
  actors: Actors,
  plan: LoadPlan,
  quote: ModelGateway['quote'],
  kind: string,
  pct: number,
): Promise<void> {
  const turns = turnsOf(plan);
  const worst = turns.flatMap((turn) => optionsOf(plan, turn, 1).slice(0, 1));
  const sum = worst.reduce((total, { request }) => total + quote(request).costMicroUsd, 0);
  const share = sum / (scopesOf(plan)[kind] ?? 1);
  const limitMicroUsd = Math.floor((share * (plan.capsPct[kind] ?? 100) * pct) / 10_000);
  await setCapOf(actors, kind, limitMicroUsd, capSetter, `cap/${kind}/${pct}`);
}

export async function setCapOf(
  actors: Actors,
  scope: string,
  limitMicroUsd: number,
  by: string,
  commandId: string,
): Promise<void> {
  const command = { type: 'setLimit', scope, limitMicroUsd, by } as const;
  await actors.handle({ kind: 'budget', actor: budget, commandId, command });
}

/** How many scopes of a kind there are, where it is more than one. */
function scopesOf({ agents, tasks }: LoadPlan): Readonly<Record<string, number>> {
  return { agent: agents, role: Math.min(agents, roles.length), task: tasks, thread: tasks };
}
