import type {
  ChangeUnderReview,
  EventOf,
  Participant,
  Place,
  Policy,
  Severity,
  StatementRef,
  ThreadTurn,
  Verdict,
} from '../../events/index.ts';
import type { CommandBase, Fact, Work } from '../actor.ts';

type Entered = { readonly agent: string; readonly ref: StatementRef };

/** A statement of an agent as it is entered in the thread: the facts in clear, and where it was said. */
export type EnteredFinding = Entered & {
  readonly place: Place;
  readonly kind: string;
  readonly severity: Severity;
  readonly confidencePct: number;
};
export type EnteredVote = Omit<Extract<EventOf<'thread'>, { type: 'thread.vote.cast' }>, 'type'>;
export type EnteredRemark = Entered & {
  readonly proposal: string | null;
  readonly objects: boolean;
};

export type ThreadCommand = CommandBase &
  (
    | { type: 'open'; project: string; task: string }
    | ({
        type: 'fork';
        /** Events 1 to `origin.length - 1` of the origin. */
        copies: readonly Fact<EventOf<'thread'>>[];
        /** The escalation that waits for an answer after them. */
        escalation: number | null;
        deadlineMs: number;
      } & Omit<Extract<EventOf<'thread'>, { type: 'thread.forked' }>, 'type'>)
    | {
        type: 'openReview';
        change: ChangeUnderReview;
        participants: Participant[];
        policy: Policy;
        deadlineAt: string;
      }
    | { type: 'enterReview'; agent: string; ref: StatementRef; findings: EnteredFinding[] }
    | { type: 'castBallot'; agent: string; round: number; votes: EnteredVote[] }
    | { type: 'enterRemarks'; agent: string; round: number; remarks: EnteredRemark[] }
    | { type: 'dropParticipant'; agent: string; reason: string }
    | { type: 'proceed' }
    | { type: 'passDeadline'; deadline: 'review' | 'escalation' }
    | {
        type: 'resolveEscalation';
        escalation: number;
        verdict: Verdict;
        by: string;
        note: string;
        /** Address of the thread: the subject of the note. */
        thread: string;
      }
    | {
        type: 'liftEscalation';
        escalation: number;
        scope: string;
        limitMicroUsd: number;
        /** How long the review has from now on. */
        deadlineMs: number;
        by: string;
      }
    | { type: 'close'; by: string }
  );

/** What a thread waits for: a turn of an agent, a deadline, or its own next step. */
export type ThreadWork = Work &
  (
    | { kind: 'turn'; turn: ThreadTurn; agent: string; round: number }
    | { kind: 'deadline'; deadline: 'review' | 'escalation'; at: string }
    | { kind: 'proceed' }
  );
