import type { EnteredFinding, EnteredRemark, EnteredVote } from '../../actors/index.ts';
import { Refusal, type AgentEvent, type Recorded, type StatementRef } from '../../events/index.ts';
import type { CommandOf, Outcome } from '../ports.ts';
import type { ReviewDeps } from './deps.ts';
import { turnId, type TurnWork } from './turnWork.ts';

/**
 * Enters in the thread what an agent has stated in its own log, with a reference to each statement: the
 * second half of the double entry. A thread that has moved on takes no more entries; the statements stay
 * where they are.
 */
export async function enterStatements(
  deps: ReviewDeps,
  thread: string,
  work: TurnWork,
  said: Outcome<'agent'>,
): Promise<void> {
  await enter(deps, thread, `${turnId(thread, work)}/enter`, entryOf(work, said));
}

/** Tells a thread what an agent has done. One that has moved on has no use for it, and does not mind. */
export async function enter(
  deps: ReviewDeps,
  thread: string,
  commandId: string,
  command: CommandOf<'thread'>,
): Promise<void> {
  try {
    await deps.actors.handle({ kind: 'thread', actor: thread, commandId, command });
  } catch (error) {
    if (!(error instanceof Refusal && error.code === 'COMMAND_NOT_ALLOWED')) throw error;
  }
}

function entryOf({ agent, turn, round }: TurnWork, said: Outcome<'agent'>): CommandOf<'thread'> {
  const entries = said.events.map((recorded, index) => ({
    event: recorded.event,
    ref: refTo(recorded, said.hashes[index] ?? ''),
  }));
  switch (turn) {
    case 'review':
      return { type: 'enterReview', agent, ...reviewOf(agent, entries) };
    case 'vote':
      return { type: 'castBallot', agent, round, votes: votesOf(agent, entries) };
    case 'discuss':
      return { type: 'enterRemarks', agent, round, remarks: remarksOf(agent, entries) };
  }
}

type Entry = { event: AgentEvent; ref: StatementRef };

function refTo({ meta }: Recorded, hash: string): StatementRef {
  return { log: meta.stream, seq: meta.seq, hash };
}

function reviewOf(
  agent: string,
  entries: readonly Entry[],
): { ref: StatementRef; findings: EnteredFinding[] } {
  const findings = entries.flatMap(({ event, ref }) => {
    if (event.type !== 'agent.finding.stated') return [];
    const { place, kind, severity, confidencePct } = event;
    return { agent, ref, place, kind, severity, confidencePct };
  });
  const review = entries.find(({ event }) => event.type === 'agent.review.stated');
  if (!review) throw new TypeError('a review turn without a review');
  return { ref: review.ref, findings };
}

function votesOf(agent: string, entries: readonly Entry[]): EnteredVote[] {
  return entries.flatMap(({ event, ref }) => {
    if (event.type !== 'agent.vote.stated') return [];
    const { round, proposal, hash, choice, confidencePct, evidence } = event;
    return { agent, ref, round, proposal, hash, choice, confidencePct, evidence };
  });
}

function remarksOf(agent: string, entries: readonly Entry[]): EnteredRemark[] {
  return entries.flatMap(({ event, ref }) => {
    if (event.type !== 'agent.message.stated' && event.type !== 'agent.objection.stated') return [];
    const objects = event.type === 'agent.objection.stated';
    return { agent, ref, proposal: event.proposal, objects };
  });
}
