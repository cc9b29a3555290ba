import type { SnapshotFrom } from 'xstate';
import { Refusal, type EventOf } from '../../events/index.ts';
import type { Fact } from '../actor.ts';
import type { EnteredVote, ThreadCommand, ThreadWork } from './commands.ts';
import type { ThreadContext } from './context.ts';
import { awaited, outOfMoney, voteProblem } from './law.ts';
import type { threadMachine } from './machine.ts';
import { nextFacts, type ThreadPhase } from './proceed.ts';

type Snapshot = SnapshotFrom<typeof threadMachine>;
type Facts = readonly Fact<EventOf<'thread'>>[];

/** Turns a command into facts about the thread, or throws a Refusal. */
export function decideThread(command: ThreadCommand, snapshot: Snapshot): Facts {
  const thread = snapshot.context;
  switch (command.type) {
    case 'open':
      return [fact({ type: 'thread.opened', project: command.project, task: command.task })];
    case 'fork':
      return fork(command);
    case 'openReview': {
      const { type: _type, nowMs: _nowMs, ...review } = command;
      return [fact({ type: 'thread.review.opened', ...review })];
    }
    case 'enterReview': {
      const { agent, ref, findings } = command;
      return [
        ...findings.map((finding) => fact({ type: 'thread.finding.entered', ...finding })),
        fact({ type: 'thread.review.entered', agent, ref, findings: findings.length }),
      ];
    }
    case 'castBallot':
      return castBallot(thread, command.agent, command.round, command.votes);
    case 'enterRemarks': {
      const { agent, round } = command;
      requireOwnWords(agent, command.remarks);
      return [
        ...command.remarks.map(({ objects, proposal, ...said }) =>
          objects && proposal
            ? fact({ type: 'thread.objection.raised', proposal, ...said })
            : fact({ type: 'thread.message.posted', proposal, ...said }),
        ),
        fact({ type: 'thread.turn.ended', agent, turn: 'discuss', round }),
      ];
    }
    case 'dropParticipant':
      return [
        fact({ type: 'thread.participant.failed', agent: command.agent, reason: command.reason }),
      ];
    case 'proceed':
      return nextFacts(thread, phaseOf(snapshot), command.nowMs).map((event) => fact(event));
    case 'passDeadline': {
      const at = new Date(command.nowMs).toISOString();
      return [fact({ type: 'thread.deadline.passed', deadline: command.deadline, at })];
    }
    case 'resolveEscalation': {
      const { escalation, verdict, by } = command;
      const body = command.note ? { subject: command.thread, text: command.note } : undefined;
      return [{ event: { type: 'thread.escalation.resolved', escalation, verdict, by }, body }];
    }
    case 'liftEscalation': {
      const { escalation, scope, limitMicroUsd, deadlineMs, by, nowMs } = command;
      const deadlineAt = new Date(nowMs + deadlineMs).toISOString();
      return [
        fact({
          type: 'thread.escalation.lifted',
          escalation,
          round: thread.round,
          agents: outOfMoney(thread),
          scope,
          limitMicroUsd,
          deadlineAt,
          by,
        }),
      ];
    }
    case 'close':
      return [fact({ type: 'thread.closed', by: command.by })];
  }
}

function fact(event: EventOf<'thread'>): Fact<EventOf<'thread'>> {
  return { event };
}

function fork({
  copies,
  escalation,
  deadlineMs,
  nowMs,
  ...forked
}: Extract<ThreadCommand, { type: 'fork' }>): Facts {
  const deadlineAt = new Date(nowMs + deadlineMs).toISOString();
  return [
    fact({ ...forked, type: 'thread.forked' }),
    ...copies,
    fact({ type: 'thread.fork.started', deadlineAt, escalation }),
  ];
}

// An item may have been decided while the ballot was on its way: a vote on it comes too late and is left
// out, as at any ballot box. Everything else that is wrong with a vote refuses the whole ballot.
function castBallot(
  thread: ThreadContext,
  agent: string,
  round: number,
  votes: readonly EnteredVote[],
): Facts {
  requireOwnWords(agent, votes);
  const counted: Extract<EventOf<'thread'>, { type: 'thread.vote.cast' }>[] = [];
  for (const vote of votes) {
    const item = thread.proposals.find(({ proposal }) => proposal === vote.proposal);
    if (item && item.outcome !== 'open') continue;
    const cast = { type: 'thread.vote.cast', ...vote } as const;
    const twice = counted.some(({ proposal }) => proposal === vote.proposal);
    const problem = twice ? 'VOTE_TWICE' : voteProblem(thread, cast);
    if (problem) throw new Refusal(problem, `the vote of ${agent} on ${vote.proposal} is refused`);
    counted.push(cast);
  }
  return [
    ...counted,
    { type: 'thread.turn.ended' as const, agent, turn: 'vote' as const, round },
  ].map(fact);
}

// A turn that carried the words of another would end one turn and use up the other.
function requireOwnWords(agent: string, said: readonly { agent: string }[]): void {
  if (said.every((statement) => statement.agent === agent)) return;
  throw new Refusal('COMMAND_NOT_ALLOWED', `the turn of ${agent} holds words of another agent`);
}

/** What the thread waits for; the same list after a restart as before it. */
export function dueInThread(snapshot: Snapshot): ThreadWork[] {
  const thread = snapshot.context;
  const phase = phaseOf(snapshot);
  if (nextFacts(thread, phase, 0).length > 0) return [{ id: 'proceed', kind: 'proceed' }];
  return [...turns(thread, phase), ...deadlines(thread, phase)];
}

function turns(thread: ThreadContext, phase: ThreadPhase): ThreadWork[] {
  const ask = (turn: 'review' | 'vote' | 'discuss', round: number, agents: string[]) =>
    agents.map((agent) => ({
      id: `${turn}/${round}/${agent}`,
      kind: 'turn' as const,
      turn,
      agent,
      round,
    }));
  switch (phase) {
    case 'reviewing': {
      const pending = (thread.review?.participants ?? []).map(({ agent }) => agent);
      return ask(
        'review',
        0,
        pending.filter((agent) => !thread.entered.includes(agent) && !(agent in thread.failed)),
      );
    }
    case 'voting':
      return ask('vote', thread.round, awaited(thread, 'vote'));
    case 'discussing':
      return ask('discuss', thread.round, awaited(thread, 'discuss'));
    case 'escalated':
    case 'other':
      return [];
  }
}

function deadlines(thread: ThreadContext, phase: ThreadPhase): ThreadWork[] {
  if (phase === 'other') return [];
  const deadline = phase === 'escalated' ? 'escalation' : 'review';
  const at = deadline === 'review' ? thread.review?.deadlineAt : thread.escalation?.deadlineAt;
  if (!at || thread.passed.includes(deadline)) return [];
  return [{ id: `deadline/${deadline}`, kind: 'deadline', deadline, at }];
}

function phaseOf(snapshot: Snapshot): ThreadPhase {
  if (snapshot.matches('reviewing')) return 'reviewing';
  if (snapshot.matches({ deliberating: 'voting' })) return 'voting';
  if (snapshot.matches({ deliberating: 'discussing' })) return 'discussing';
  return snapshot.matches('escalated') ? 'escalated' : 'other';
}
