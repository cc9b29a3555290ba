import type { AgentEvent, Recorded, StatementRef, ThreadTurn } from '../../events/index.ts';
import type { Outcome } from '../ports.ts';
import type { Remark } from '../shared/prompt/index.ts';
import type { ReviewDeps } from './deps.ts';
import { ancestorsOf } from './line.ts';
import { readTexts, type Texts } from './texts.ts';
import { turnId, type ReviewedThread } from './turnWork.ts';

type Readers = Pick<ReviewDeps, 'actors' | 'vault'>;

/**
 * What an agent stated at the end of a turn, in this thread or in the one that it was forked from; null when
 * it has not come to that.
 */
async function concluded(
  { actors }: Pick<ReviewDeps, 'actors'>,
  thread: string,
  turn: { turn: ThreadTurn; round: number; agent: string },
): Promise<Outcome<'agent'> | null> {
  const stated = (at: string): Promise<Outcome<'agent'> | null> =>
    actors.outcome('agent', turn.agent, `${turnId(at, turn)}/conclude`);
  const own = await stated(thread);
  if (own) return own;
  for (const ancestor of await ancestorsOf({ actors }, thread)) {
    const taken = await stated(ancestor.thread);
    if (taken) return taken;
  }
  return null;
}

/** The texts of the first finding behind a proposal; empty when they were erased. */
export async function findingTexts(
  deps: Readers,
  thread: string,
  { findings }: Pick<ReviewedThread, 'findings'>,
  { sources }: { readonly sources: readonly StatementRef[] },
): Promise<Texts> {
  const [source] = sources;
  const finding = findings.find(({ ref }) => ref.hash === source?.hash);
  const said = finding
    ? await concluded(deps, thread, { turn: 'review', round: 0, agent: finding.agent })
    : null;
  const statement = said?.events.find(({ meta }) => meta.seq === source?.seq);
  return readTexts(deps.vault, statement?.body);
}

/** Rounds of votes and of discussion, each from 1, to be read up to. */
export type Rounds = { readonly votes: number; readonly remarks: number };

/**
 * What the agents said of the proposals, by round, in a round by agent: as far as the thread has entered
 * it, since nobody answers what a thread did not hear.
 */
export async function remarksOf(
  deps: Readers,
  thread: string,
  context: ReviewedThread,
  rounds: Rounds,
): Promise<Remark[]> {
  const said: Remark[] = [];
  for (let round = 1; round <= Math.max(rounds.votes, rounds.remarks); round++) {
    for (const turn of ['vote', 'discuss'] as const) {
      if (round > (turn === 'vote' ? rounds.votes : rounds.remarks)) continue;
      for (const { agent, role } of context.review.participants) {
        if (!context.ended.includes(`${turn}/${round}/${agent}`)) continue;
        const outcome = await concluded(deps, thread, { turn, round, agent });
        for (const { event, body } of heard(context, outcome)) {
          const as = mannerOf(event);
          if (as === null || !('proposal' in event)) continue;
          const { rationale, text } = await readTexts(deps.vault, body);
          said.push({ round, role, as, on: event.proposal, text: rationale ?? text ?? '' });
        }
      }
    }
  }
  return said;
}

// A vote on an item that was decided meanwhile came too late, and the thread has left it out.
function heard(
  { votes }: ReviewedThread,
  outcome: Outcome<'agent'> | null,
): Recorded<AgentEvent>[] {
  const known = new Set(votes.map(({ statement }) => statement));
  return (outcome?.events ?? []).filter(
    ({ event }, at) => event.type !== 'agent.vote.stated' || known.has(outcome?.hashes[at] ?? ''),
  );
}

function mannerOf(event: AgentEvent): Remark['as'] | null {
  switch (event.type) {
    case 'agent.vote.stated':
      return event.choice;
    case 'agent.objection.stated':
      return 'object';
    case 'agent.message.stated':
      return 'remark';
    default:
      return null;
  }
}
