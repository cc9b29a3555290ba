import type { EventOf, Recorded } from '../events/index.ts';
import {
  type Amounts,
  change,
  json,
  on,
  projection,
  put,
  table,
  type RowOf,
  type RowOp,
} from './projection.ts';

/** Who said what, in which order, and how did it end? */

/** One row per thread. */
export const threads = table({
  name: 'threads',
  columns: {
    address: 'text',
    project: 'text',
    task: 'text',
    /** The thread that it was forked from, and how many events it took over. */
    origin: 'text?',
    originLength: 'int?',
    /** Whose key seals the change under review: the first thread of a line of forks, or the thread itself. */
    subject: 'text',
    state: ['open', 'reviewing', 'voting', 'discussing', 'escalated', 'agreed', 'closed'],
    verdict: ['approved', 'changes_requested', null],
    round: 'int',
    changeHash: 'text?',
    /** BlobRef of the diff. */
    changeBlob: 'text?',
    changeFiles: 'int',
    policy: 'text?',
    deadlineAt: 'text?',
    openedAt: 'text',
    updatedAt: 'text',
    closedAt: 'text?',
    participants: 'int',
    findings: 'int',
    reviews: 'int',
    proposals: 'int',
    votes: 'int',
    messages: 'int',
    objections: 'int',
    decisions: 'int',
    escalations: 'int',
  },
  key: [],
  indexes: [['address']],
});

export const participants = table({
  name: 'participants',
  columns: {
    agent: 'text',
    role: 'text',
    agentLog: 'text',
    state: ['reviewing', 'reviewed', 'failed'],
    reason: 'text?',
  },
  key: ['agent'],
  indexes: [['agent']],
});

/** Everything that was said or decided in a thread, in order, as it was recorded. */
export const entries = table({
  name: 'entries',
  columns: {
    seq: 'int',
    at: 'text',
    type: 'text',
    agent: 'text?',
    proposal: 'text?',
    /** Where the agent said it: log and position of its own statement. */
    saidLog: 'text?',
    saidSeq: 'int?',
    event: 'text',
    body: 'text?',
  },
  key: ['seq'],
});

/** The sealed texts of what agents said, from their own logs; `entries` point here. */
export const statements = table({
  name: 'statements',
  columns: { seq: 'int', body: 'text' },
  key: ['seq'],
});

/** The facts that are entries; how a thread was opened is in its row of `threads`. */
export type EntryEvent = Exclude<
  EventOf<'thread'>,
  { type: 'thread.opened' | 'thread.review.opened' | 'thread.turn.ended' }
>;
type Fact<Type extends string> = Recorded<Extract<EventOf<'thread'>, { type: Type }>>;
type Effect = { set?: Partial<RowOf<typeof threads>>; add?: Amounts<typeof threads> };

function entered(recorded: Recorded<EntryEvent>, effect: Effect = {}): RowOp[] {
  const { meta, event, body } = recorded;
  const ref = 'ref' in event ? event.ref : null;
  return [
    put(entries, {
      seq: meta.seq,
      at: meta.at,
      type: event.type,
      agent: 'agent' in event ? event.agent : null,
      proposal: 'proposal' in event ? event.proposal : null,
      saidLog: ref?.log ?? null,
      saidSeq: ref?.seq ?? null,
      event: json(event),
      body: json(body),
    }),
    change(threads, {}, { updatedAt: meta.at, ...effect.set }, effect.add),
  ];
}

function said({ meta, body }: Recorded): RowOp[] {
  return body ? [put(statements, { seq: meta.seq, body: json(body) })] : [];
}

function opened({ meta, event }: Fact<'thread.opened' | 'thread.forked'>): RowOp[] {
  const isFork = event.type === 'thread.forked';
  const none = { changeHash: null, changeBlob: null, policy: null, deadlineAt: null };
  const counts = { findings: 0, reviews: 0, proposals: 0, votes: 0, messages: 0, objections: 0 };
  return [
    put(threads, {
      address: meta.actor,
      project: event.project,
      task: event.task,
      origin: isFork ? event.origin.thread : null,
      originLength: isFork ? event.origin.length : null,
      subject: isFork ? event.subject : meta.actor,
      state: 'open',
      verdict: null,
      round: 0,
      ...none,
      changeFiles: 0,
      openedAt: meta.at,
      updatedAt: meta.at,
      closedAt: null,
      participants: 0,
      ...counts,
      decisions: 0,
      escalations: 0,
    }),
  ];
}

function reviewOpened({ meta, event }: Fact<'thread.review.opened'>): RowOp[] {
  return [
    change(
      threads,
      {},
      {
        state: 'reviewing',
        changeHash: event.change.hash,
        changeBlob: json(event.change.blob),
        changeFiles: event.change.files.length,
        policy: json(event.policy),
        deadlineAt: event.deadlineAt,
        participants: event.participants.length,
        updatedAt: meta.at,
      },
    ),
    ...event.participants.map(({ agent, role, log }) =>
      put(participants, { agent, role, agentLog: log, state: 'reviewing', reason: null }),
    ),
  ];
}

/** Threads, their participants, and one ordered list of what was said and decided in each. */
export const conversation = projection(
  'conversation',
  3,
  [threads, participants, entries, statements],
  [
    on('thread.opened', opened),
    on('thread.forked', (fact) => [...opened(fact), ...entered(fact)]),
    on('thread.fork.started', (fact) =>
      entered(fact, { set: { deadlineAt: fact.event.deadlineAt } }),
    ),
    on('thread.review.opened', reviewOpened),
    on('thread.finding.entered', (fact) => entered(fact, { add: { findings: 1 } })),
    on('thread.review.entered', (fact) => [
      ...entered(fact, { add: { reviews: 1 } }),
      change(participants, { agent: fact.event.agent }, { state: 'reviewed' }),
    ]),
    on('thread.participant.failed', (fact) => {
      const { agent, reason } = fact.event;
      return [...entered(fact), change(participants, { agent }, { state: 'failed', reason })];
    }),
    on('thread.proposal.made', (fact) => entered(fact, { add: { proposals: 1 } })),
    on('thread.vote.opened', (fact) =>
      entered(fact, { set: { state: 'voting', round: fact.event.round } }),
    ),
    on('thread.vote.cast', (fact) => entered(fact, { add: { votes: 1 } })),
    on('thread.consensus.reached', (fact) => entered(fact, { add: { decisions: 1 } })),
    on('thread.discussion.opened', (fact) => entered(fact, { set: { state: 'discussing' } })),
    on('thread.message.posted', (fact) => entered(fact, { add: { messages: 1 } })),
    on('thread.objection.raised', (fact) => entered(fact, { add: { objections: 1 } })),
    on('thread.deadline.passed', (fact) => entered(fact)),
    on('thread.escalated', (fact) =>
      entered(fact, { set: { state: 'escalated' }, add: { escalations: 1 } }),
    ),
    on('thread.escalation.resolved', (fact) => entered(fact)),
    on('thread.escalation.lifted', (fact) => {
      const { round, agents } = fact.event;
      const set = { state: round === 0 ? ('reviewing' as const) : ('voting' as const) };
      const back = { state: round === 0 ? ('reviewing' as const) : ('reviewed' as const) };
      return [
        ...entered(fact, { set: { ...set, deadlineAt: fact.event.deadlineAt } }),
        ...agents.map((agent) => change(participants, { agent }, { ...back, reason: null })),
      ];
    }),
    on('thread.escalation.defaulted', (fact) => entered(fact)),
    on('thread.verdict.reached', (fact) =>
      entered(fact, {
        set: { state: 'agreed', verdict: fact.event.verdict },
        add: { decisions: 1 },
      }),
    ),
    on('thread.closed', (fact) =>
      entered(fact, { set: { state: 'closed', closedAt: fact.meta.at } }),
    ),
    on('agent.finding.stated', said),
    on('agent.review.stated', said),
    on('agent.vote.stated', said),
    on('agent.message.stated', said),
    on('agent.objection.stated', said),
    on('agent.summary.stated', said),
  ],
);
