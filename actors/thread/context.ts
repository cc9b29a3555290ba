import type {
  ChangeUnderReview,
  Choice,
  EscalationReason,
  EventOf,
  Participant,
  Place,
  Policy,
  Severity,
  StatementRef,
  Verdict,
} from '../../events/index.ts';

export type Review = {
  change: ChangeUnderReview;
  participants: Participant[];
  policy: Policy;
  deadlineAt: string;
};

export type Finding = {
  agent: string;
  ref: StatementRef;
  place: Place;
  kind: string;
  severity: Severity;
};

export type Proposal = {
  proposal: string;
  hash: string;
  place: Place;
  kind: string;
  severity: Severity;
  sources: StatementRef[];
  outcome: 'open' | 'accepted' | 'rejected';
};

export type Vote = {
  round: number;
  proposal: string;
  agent: string;
  choice: Choice;
  /** Hash of the statement in the agent's own log. */
  statement: string;
};

export type Escalation = {
  escalation: number;
  reason: EscalationReason;
  proposals: string[];
  deadlineAt: string;
  onSilence: Verdict;
  /** Set once a person has answered, or silence has. */
  verdict: Verdict | null;
};

/** Where a thread that began with the history of another one comes from. */
type Fork = Pick<
  Extract<EventOf<'thread'>, { type: 'thread.forked' }>,
  'origin' | 'subject' | 'model'
> & {
  /** Voting rounds opened before it went its own way. */
  round: number;
};

/** What a thread knows. JSON only, and small: the texts are in the log. */
export type ThreadContext = {
  project: string;
  task: string;
  review: Review | null;
  /** Voting rounds opened so far. */
  round: number;
  entered: string[];
  /** Participants that dropped out, with the reason. */
  failed: Record<string, string>;
  findings: Finding[];
  proposals: Proposal[];
  votes: Vote[];
  /** `vote/1/ADDRESS`: turns of deliberation that agents have ended. */
  ended: string[];
  decisions: number;
  escalations: number;
  escalation: Escalation | null;
  passed: ('review' | 'escalation')[];
  verdict: Verdict | null;
  /** How often a person raised a cap so that it goes on; absent until then, as in old logs. */
  lifts?: number;
  /** Absent in a thread that was opened, as in old logs. */
  fork?: Fork;
};

/** The thread before anything happened to it. */
export function emptyThread(): ThreadContext {
  return {
    project: '',
    task: '',
    review: null,
    round: 0,
    entered: [],
    failed: {},
    findings: [],
    proposals: [],
    votes: [],
    ended: [],
    decisions: 0,
    escalations: 0,
    escalation: null,
    passed: [],
    verdict: null,
  };
}

/** Participants who have neither failed nor been counted out. */
export function active(thread: ThreadContext): Participant[] {
  return (thread.review?.participants ?? []).filter(({ agent }) => !(agent in thread.failed));
}

/** The policy of the review; reading it before there is one is a programming error. */
export function reviewOf(thread: ThreadContext): Review {
  if (!thread.review) throw new TypeError('the thread has no review');
  return thread.review;
}

export function openProposals(thread: ThreadContext): Proposal[] {
  return thread.proposals.filter(({ outcome }) => outcome === 'open');
}

/** Key of a deliberation turn in `ended`. */
export function turnKey(turn: 'vote' | 'discuss', round: number, agent: string): string {
  return `${turn}/${round}/${agent}`;
}
