import { parseAddress, Refusal, Unavailable } from '../../events/index.ts';
import { orAbort } from '../shared/abort.ts';
import { clip, extractSummary, type CountTokens, type Remark } from '../shared/prompt/index.ts';
import type { ReviewDeps } from './deps.ts';
import { ancestorsOf } from './line.ts';
import { scribeOf, scribeTurn, takeScribeTurn, type Material } from './scribe.ts';
import { readTexts } from './texts.ts';
import { again } from './turnWork.ts';

export type SummaryAsked = {
  /** The round up to which everything is summed up. */
  readonly round: number;
  /** What was said, oldest first; objections and what came later are left out. */
  readonly said: readonly Remark[];
  /** The proposals that are still open. */
  readonly proposals: readonly { readonly id: string }[];
  /** The summary has no more tokens than that, as `count` counts them. */
  readonly tokensMax: number;
  readonly count: CountTokens;
  /** How often a cap was raised: then what failed for want of money is tried again. */
  readonly lifts: number | undefined;
  /** The model that a fork asks for everything. */
  readonly model: string | null;
};

type Running = { readonly text: Promise<string>; readonly signal: AbortSignal };

/** Summaries being written, by node: whoever asks for one waits for the same. */
const underWay = new WeakMap<ReviewDeps['actors'], Map<string, Running>>();

/**
 * A summary of what was said in a thread up to a round, made once however many agents ask, and found again
 * after a restart. It goes on from the summary of an earlier round. Without money or a model it is an
 * extract. Throws the signal's reason, and what says that the node itself cannot go on.
 */
export async function summaryFor(
  deps: ReviewDeps,
  thread: string,
  asked: SummaryAsked,
  signal: AbortSignal,
): Promise<string> {
  const shared = underWay.get(deps.actors) ?? new Map<string, Running>();
  underWay.set(deps.actors, shared);
  const key = `${thread} ${asked.round}`;
  for (;;) {
    signal.throwIfAborted();
    const running = shared.get(key);
    if (!running) {
      const text = write(deps, thread, asked, signal).finally(() => shared.delete(key));
      shared.set(key, { text, signal });
      return clip(await text, asked.tokensMax, asked.count);
    }
    try {
      return clip(await orAbort(running.text, signal), asked.tokensMax, asked.count);
    } catch (error) {
      // Who began it was called off: whoever still needs it goes on.
      if (!running.signal.aborted || signal.aborted) throw error;
    }
  }
}

async function write(
  deps: ReviewDeps,
  thread: string,
  asked: SummaryAsked,
  signal: AbortSignal,
): Promise<string> {
  const made = await stated(deps, thread, asked.round);
  if (made !== null) return made;
  const material = await materialOf(deps, thread, asked);
  const agent = scribeOf(parseAddress(thread).project);
  const turn = scribeTurn(thread, asked.round);
  const failure = `${turn}/fail${again(asked.lifts)}`;
  if (await deps.actors.outcome('agent', agent, failure)) return extract(material, asked);
  try {
    return await takeScribeTurn(deps, thread, { ...asked, ...material }, signal);
  } catch (error) {
    // Called off: the turn stays open for whoever goes on with it.
    if (signal.aborted || !isDoneWithout(error)) throw error;
    const open = (await deps.actors.state('agent', agent))?.context.turns[turn];
    const command = { type: 'failTurn', turn, reason: error.code } as const;
    if (open)
      await deps.actors.handle({ kind: 'agent', actor: agent, commandId: failure, command });
    return extract(material, asked);
  }
}

/** No money, no model, no use in its answer: never a reason to stop a review. */
function isDoneWithout(error: unknown): error is Refusal | Unavailable {
  return (
    error instanceof Refusal || (error instanceof Unavailable && error.code === 'MODEL_UNAVAILABLE')
  );
}

/** A summary that was made before, in this thread or, of what it has from there, in the one it was forked from. */
async function stated(deps: ReviewDeps, thread: string, round: number): Promise<string | null> {
  const taken = (await ancestorsOf(deps, thread)).filter(({ rounds }) => round <= rounds);
  for (const at of [thread, ...taken.map((ancestor) => ancestor.thread)]) {
    const summary = await statedIn(deps, at, round);
    if (summary !== null) return summary;
  }
  return null;
}

async function statedIn(deps: ReviewDeps, thread: string, round: number): Promise<string | null> {
  const agent = scribeOf(parseAddress(thread).project);
  const outcome = await deps.actors.outcome(
    'agent',
    agent,
    `${scribeTurn(thread, round)}/conclude`,
  );
  const said = outcome?.events.find(({ event }) => event.type === 'agent.summary.stated');
  return (await readTexts(deps.vault, said?.body)).summary ?? null;
}

async function materialOf(
  deps: ReviewDeps,
  thread: string,
  { round, said }: SummaryAsked,
): Promise<Material> {
  let previous: Material['previous'] = null;
  for (let upToRound = round - 1; upToRound > 0 && !previous; upToRound--) {
    const summary = await stated(deps, thread, upToRound);
    if (summary !== null) previous = { summary, upToRound };
  }
  const remarks = said.filter(
    (remark) =>
      remark.as !== 'object' &&
      remark.text !== '' &&
      remark.round <= round &&
      remark.round > (previous?.upToRound ?? 0),
  );
  return { previous, remarks };
}

function extract({ previous, remarks }: Material, { tokensMax, count }: SummaryAsked): string {
  const before = previous ? clip(previous.summary, Math.floor(tokensMax / 2), count) : '';
  const since = extractSummary(remarks, tokensMax - count(`${before}\n`), count);
  return [before, since].filter((text) => text !== '').join('\n');
}
