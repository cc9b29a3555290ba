import type { Choice, ThreadEvent } from '../../events/index.ts';
import type {
  BallotText,
  CountTokens,
  DecisionText,
  HistoryText,
  PositionText,
  ProposalText,
  Remark,
} from '../shared/prompt/index.ts';
import type { ReviewDeps } from './deps.ts';
import { findingTexts, remarksOf } from './said.ts';
import { summaryFor } from './summary.ts';
import type { ReviewedThread, TurnWork } from './turnWork.ts';

export type HistoryAsked = {
  /** The proposals that are still open, as the prompt shows them. */
  readonly proposals: readonly Pick<ProposalText, 'id'>[];
  /** Tokens of a text, or a bound on them. */
  readonly count: CountTokens;
  /** What was said and need not be kept verbatim takes no more tokens than that. */
  readonly restTokensMax: number;
  readonly signal: AbortSignal;
};

/** What an agent is told of the thread before its turn. */
export type Before = {
  /** What everybody held in the last vote, whoever asks among them, and has objected since. */
  readonly positions: readonly PositionText[];
  readonly history: HistoryText | null;
};

/** A summary of less is not worth a call. */
const restVerbatimMax = 1200;
/** How much is left of what need not stay verbatim: this part of it, but never less than the minimum. */
const restPart = 1 / 20;
const restTokensMin = 600;

/**
 * What was said in the thread before a turn. Verbatim: the positions and objections of the last round, and,
 * compact, earlier votes, decisions, objections. The rest is a summary that a scribe goes on with from
 * round to round, and the latest remarks. Nothing before the first vote is over: that vote is blind.
 */
export async function historyFor(
  deps: ReviewDeps,
  thread: string,
  context: ReviewedThread,
  { turn, round }: Pick<TurnWork, 'turn' | 'round'>,
  asked: HistoryAsked,
): Promise<Before> {
  const last = turn === 'discuss' ? round : round - 1;
  const talked = round - 1;
  if (turn === 'review' || last < 1) return { positions: [], history: null };
  const said = await remarksOf(deps, thread, context, { votes: last, remarks: talked });
  const open = new Set(asked.proposals.map(({ id }) => id));
  const positions = said.filter(
    (remark) => isVote(remark) && remark.round === last && open.has(remark.on ?? ''),
  );
  const hasPosition = ({ round: at, role, on }: Remark): boolean =>
    at === last && positions.some((held) => held.role === role && held.on === on);
  const rest = said.filter((remark) => isRest(remark, last));
  const { budget, latest } = choose(rest, open, deps.maxTokens.summarise, asked);
  const added = [...said.filter(({ as }) => as === 'object'), ...latest].filter(hasPosition);
  const summary = budget
    ? await summaryFor(
        deps,
        thread,
        {
          ...asked,
          round: talked,
          said,
          tokensMax: budget,
          lifts: context.lifts,
          model: context.fork?.model ?? null,
        },
        asked.signal,
      )
    : null;
  const history = {
    pinned: await pinnedOf(deps, thread, context, said, { last, hasPosition }),
    summary: summary ? { summary, upToRound: talked } : null,
    latest: latest.filter((remark) => !hasPosition(remark)),
  };
  const isEmpty = history.pinned.length + history.latest.length === 0 && !history.summary;
  return {
    positions: positions.map((held) => positionOf(held, added)),
    history: isEmpty ? null : history,
  };
}

function isVote({ as }: Remark): boolean {
  return as !== 'object' && as !== 'remark';
}

function isRest(remark: Remark, last: number): boolean {
  if (remark.as === 'object' || remark.text === '') return false;
  return !isVote(remark) || remark.round < last;
}

/** What an agent held, and what it has said of it since. */
function positionOf({ role, as, on, text }: Remark, added: readonly Remark[]): PositionText {
  const since = added.filter((remark) => remark.role === role && remark.on === on);
  const rationale = [text, ...since.map((remark) => remark.text)].join(' ').trim();
  return { proposal: on ?? '', role, choice: as, rationale };
}

/**
 * The latest of what need not stay verbatim, as far as it fits, and the tokens of a summary of it all; null
 * when all of it fits. On open proposals first: what is decided is told by its decision.
 */
function choose(
  rest: readonly Remark[],
  open: ReadonlySet<string>,
  summaryTokensMax: number,
  { count, restTokensMax }: HistoryAsked,
): { budget: number | null; latest: Remark[] } {
  const sizes = new Map(rest.map((remark) => [remark, count(JSON.stringify(remark)) + 1]));
  const all = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  if (all <= Math.min(restVerbatimMax, restTokensMax)) return { budget: null, latest: [...rest] };
  const total = Math.min(restTokensMax, Math.max(restTokensMin, Math.ceil(all * restPart)));
  const budget = Math.min(summaryTokensMax, Math.ceil(total / 2));
  const newest = rest
    .filter(({ on }) => on === null || open.has(on))
    .toSorted((a, b) => b.round - a.round);
  const chosen = new Set<Remark>();
  let left = total - budget;
  for (const remark of newest) {
    left -= sizes.get(remark) ?? 0;
    if (left < 0) break;
    chosen.add(remark);
  }
  return { budget, latest: rest.filter((remark) => chosen.has(remark)) };
}

/** By round: what was decided, who voted what on the rest, and who objected; it only grows at its end. */
async function pinnedOf(
  deps: ReviewDeps,
  thread: string,
  context: ReviewedThread,
  said: readonly Remark[],
  { last, hasPosition }: { last: number; hasPosition: (remark: Remark) => boolean },
): Promise<HistoryText['pinned']> {
  const decisions = await decisionsOf(deps, thread, context, last);
  const ballots = ballotsOf(context, last).filter(
    ({ votes, round }) =>
      !decisions.some((decided) => decided.proposal === votes && decided.round === round),
  );
  const objections = said.filter((remark) => remark.as === 'object' && !hasPosition(remark));
  const pinned: HistoryText['pinned'][number][] = [];
  for (let round = 1; round <= last; round++) {
    const ofRound = (line: { round: number }): boolean => line.round === round;
    pinned.push(...decisions.filter(ofRound), ...ballots.filter(ofRound));
    pinned.push(...objections.filter(ofRound));
  }
  return pinned;
}

const choices: readonly Choice[] = ['approve', 'reject', 'abstain'];

/** Who voted what, on every proposal, in the rounds before the last. */
function ballotsOf({ votes, review }: ReviewedThread, last: number): BallotText[] {
  const ballots = new Map<string, BallotText & Record<Choice, string[]>>();
  for (const { round, proposal, agent, choice } of votes) {
    if (round >= last) continue;
    const key = `${round}/${proposal}`;
    const none = { approve: [], reject: [], abstain: [] };
    const ballot = ballots.get(key) ?? { votes: proposal, round, ...none };
    ballots.set(key, ballot);
    const role = review.participants.find((participant) => participant.agent === agent)?.role;
    ballot[choice].push(role ?? agent);
  }
  return [...ballots.values()];
}

type Consensus = Extract<ThreadEvent, { type: 'thread.consensus.reached' }>;

async function decisionsOf(
  deps: ReviewDeps,
  thread: string,
  context: ReviewedThread,
  last: number,
): Promise<DecisionText[]> {
  if (context.decisions === 0) return [];
  const reached: Consensus[] = [];
  for await (const { event } of deps.actors.events('thread', thread)) {
    if (event.type === 'thread.consensus.reached' && event.round <= last) reached.push(event);
  }
  const texts = reached.map((event) => decisionText(deps, thread, context, event));
  return (await Promise.all(texts)).flat();
}

async function decisionText(
  deps: ReviewDeps,
  thread: string,
  context: ReviewedThread,
  { decision, round, proposal, outcome, tally, votes }: Consensus,
): Promise<DecisionText[]> {
  const item = context.proposals.find((candidate) => candidate.proposal === proposal);
  if (!item) return [];
  const { title = '' } = await findingTexts(deps, thread, context, item);
  const { kind, severity, place } = item;
  const [approve = [], reject = [], abstain = []] = choices.map((choice) =>
    votes.flatMap((vote) => {
      const voter = context.review.participants.find(({ agent }) => agent === vote.agent);
      return vote.choice === choice && voter ? [voter.role] : [];
    }),
  );
  const facts = { decision, round, proposal, outcome, ...place, kind, severity, title };
  return [{ ...facts, tally, approve, reject, abstain }];
}
