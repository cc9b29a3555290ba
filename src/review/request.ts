import { z } from 'zod';
import {
  budgetAddress,
  parseAddress,
  reasonLengthMax,
  Refusal,
  type AgentEvent,
  type Recorded,
} from '../../events/index.ts';
import type { CallOption } from '../ports.ts';
import { parseDiff, renderChange, trimChange, type FileChange } from '../shared/diff/index.ts';
import {
  answerSchemas,
  renderPrompt,
  type ProposalText,
  type Role,
  type Tier,
} from '../shared/prompt/index.ts';
import { chooseTier, riskOf } from './choice/index.ts';
import type { ReviewDeps } from './deps.ts';
import { historyFor } from './history.ts';
import { ancestorsOf } from './line.ts';
import { findingTexts } from './said.ts';
import { answerOf } from './statements.ts';
import {
  forkChoice,
  participantOf,
  turnsLeft,
  type ReviewedThread,
  type TurnWork,
} from './turnWork.ts';

type Asked = {
  /** Ways to ask, the preferred one first. */
  options: readonly CallOption[];
  /** The items asked about. */
  ballot: readonly { proposal: string; hash: string }[];
};

/** What the agent's model is asked in this turn: by which model, and with how much context. */
export async function requestFor(
  deps: ReviewDeps,
  thread: string,
  context: ReviewedThread,
  work: TurnWork,
  signal: AbortSignal,
): Promise<Asked> {
  const role = roleOf(deps, context, work);
  const open =
    work.turn === 'review' ? [] : context.proposals.filter(({ outcome }) => outcome === 'open');
  const answer = answerOf[work.turn];
  const files = parseDiff(await changeText(deps, thread, context));
  const proposals = await Promise.all(
    open.map((item) => proposalText(deps, thread, context, item)),
  );
  const memory = await notesOf(deps, thread, work.agent, role.memory.notes);
  const count = deps.countTokens;
  const before = await historyFor(deps, thread, context, work, {
    proposals,
    count,
    restTokensMax: Math.ceil(deps.contextTokens * restPart),
    signal,
  });
  const promptWith = (change: string) =>
    renderPrompt({ answer, role, change, memory, proposals, ...before });
  const full = renderChange(files);
  const keep = context.proposals.map(({ place }) => place);
  const trimmed = renderChange(trimChange(files, { ...shownAround, keep }));
  // By the change alone, so that all turns of a review see the same, and a prompt cache can serve it.
  const isLong = count(full) > deps.contextTokens;
  const { $schema: _dialect, ...schema } = z.toJSONSchema(answerSchemas[answer]);
  const ask = {
    messages: promptWith(isLong ? trimmed : full),
    maxTokens: deps.maxTokens[work.turn],
    schema: { name: answer, schema },
  };
  const models = await modelsFor(deps, thread, context, { work, role, files }, ask);
  const options = models.map(({ model, choice }) => ({ request: { model, ...ask }, choice }));
  const cheapest = options.at(-1);
  if (cheapest && !isLong && trimmed !== full) {
    const request = { ...cheapest.request, messages: promptWith(trimmed) };
    options.push({ request, choice: `compressed.${cheapest.choice}`.slice(0, reasonLengthMax) });
  }
  return { options, ballot: open.map(({ proposal, hash }) => ({ proposal, hash })) };
}

/** Of the context, for what was said before and need not stay verbatim. */
const restPart = 1 / 15;
/** Lines of context kept in a compressed change: what comes before explains more than what follows. */
const shownAround = { before: 5, after: 1 };

function roleOf(deps: ReviewDeps, context: ReviewedThread, { agent }: TurnWork): Role {
  const { role: name } = participantOf(context, agent);
  const role = deps.roles.find((candidate) => candidate.name === name);
  if (!role) throw new Refusal('ROLE_UNKNOWN', `no role file for ${name}; name it in roleFiles`);
  return role;
}

/**
 * The models to try, the best first, by role, risk of the change, and what is left of the budget; in a fork
 * that is to find out what a model says, that model.
 */
async function modelsFor(
  deps: ReviewDeps,
  thread: string,
  context: ReviewedThread,
  { work, role, files }: { work: TurnWork; role: Role; files: readonly FileChange[] },
  ask: Omit<CallOption['request'], 'model'>,
): Promise<{ model: string; choice: string }[]> {
  if (context.fork?.model) return [{ model: context.fork.model, choice: forkChoice }];
  const budget = budgetAddress(parseAddress(thread).project);
  const price = (tier: Tier): number =>
    deps.gateway.quote({ model: deps.models[tier], ...ask }).costMicroUsd;
  const { tiers } = chooseTier({
    role,
    turn: work.turn,
    risk: riskOf(files),
    leftMicroUsd: await deps.calls.left({ agent: work.agent, thread, budget }),
    turnsLeft: turnsLeft(context, work),
    price: (tier) => quoted(() => price(tier)),
    choice: deps.choice,
  });
  return tiers.map(({ tier, reason }) => ({ model: deps.models[tier], choice: reason }));
}

/** A prompt that a model cannot take is as good as unpayable; asking finds another way. */
function quoted(price: () => number): number {
  try {
    return price();
  } catch (error) {
    if (error instanceof Refusal && error.code === 'PROMPT_TOO_LARGE') return Infinity;
    throw error;
  }
}

async function changeText(
  deps: ReviewDeps,
  thread: string,
  context: ReviewedThread,
): Promise<string> {
  const subject = context.fork?.subject ?? thread;
  const diff = await deps.vault.openBlob(subject, context.review.change.blob);
  if (diff === null) throw new Refusal('BODY_UNREADABLE', `the change of ${thread} was erased`);
  return diff;
}

/**
 * The agent's own notes from earlier reviews, the latest first. In a fork, those that it had when the first
 * thread of the line was forked: nobody there knows yet how it ended.
 */
async function notesOf(
  deps: ReviewDeps,
  thread: string,
  agent: string,
  count: number,
): Promise<string[]> {
  if (count === 0) return [];
  const until = await forkedAt(deps, thread);
  const notes: Recorded<AgentEvent>[] = [];
  for await (const recorded of deps.actors.events('agent', agent)) {
    const isKnown = until === null || recorded.meta.at <= until;
    if (isKnown && recorded.event.type === 'agent.memory.noted') notes.push(recorded);
  }
  const latest = notes.slice(-count).toReversed();
  const bodies = latest.flatMap(({ body }) => body ?? []);
  const texts = await Promise.all(bodies.map((body) => deps.vault.open(body)));
  return texts.filter((text) => text !== null);
}

/** When the last event was recorded that a fork has from the first thread of its line; null in no fork. */
async function forkedAt({ actors }: ReviewDeps, thread: string): Promise<string | null> {
  const first = (await ancestorsOf({ actors }, thread)).at(-1);
  if (!first) return null;
  for await (const { meta } of actors.events('thread', first.thread, first.length - 1)) {
    return meta.at;
  }
  return null;
}

async function proposalText(
  deps: ReviewDeps,
  thread: string,
  context: ReviewedThread,
  item: ReviewedThread['proposals'][number],
): Promise<ProposalText> {
  const { title = '', detail = '' } = await findingTexts(deps, thread, context, item);
  const { proposal, place, kind, severity } = item;
  return { id: proposal, ...place, kind, severity, title, detail };
}
