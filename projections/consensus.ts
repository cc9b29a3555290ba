import type { EventOf, Recorded } from '../events/index.ts';
import { change, json, on, projection, put, table, type RowOp } from './projection.ts';

/** What was proposed, who voted how, what was decided, and what waits for a person? */

export const proposals = table({
  name: 'proposals',
  columns: {
    proposal: 'text',
    seq: 'int',
    at: 'text',
    hash: 'text',
    path: 'text',
    line: 'int',
    endLine: 'int',
    kind: 'text',
    severity: ['info', 'low', 'medium', 'high', 'critical'],
    /** StatementRef of each finding behind it. */
    sources: 'text',
    outcome: ['open', 'accepted', 'rejected'],
    decision: 'int?',
  },
  key: ['proposal'],
});

export const votes = table({
  name: 'votes',
  columns: {
    seq: 'int',
    at: 'text',
    round: 'int',
    proposal: 'text',
    hash: 'text',
    agent: 'text',
    choice: ['approve', 'reject', 'abstain'],
    confidencePct: 'int',
    evidence: 'text',
    saidLog: 'text',
    saidSeq: 'int',
    saidHash: 'text',
  },
  key: ['seq'],
});

/** Numbered decisions of a thread: consensus on a proposal, verdict on the change. */
export const decisions = table({
  name: 'decisions',
  columns: {
    decision: 'int',
    seq: 'int',
    at: 'text',
    kind: ['consensus', 'verdict'],
    outcome: ['accepted', 'rejected', 'approved', 'changes_requested'],
    round: 'int?',
    proposal: 'text?',
    hash: 'text?',
    tally: 'text?',
    /** Agent, choice and hash of the statement of every vote counted. */
    votes: 'text?',
    /** Of a verdict: accepted proposals that ask for changes. */
    blocking: 'text?',
  },
  key: ['decision'],
});

/** Questions to a person. */
export const escalations = table({
  name: 'escalations',
  columns: {
    escalation: 'int',
    seq: 'int',
    thread: 'text',
    openedAt: 'text',
    reason: ['undecided', 'deadline', 'budget', 'participants'],
    proposals: 'text',
    deadlineAt: 'text',
    onSilence: ['approved', 'changes_requested'],
    state: ['open', 'resolved', 'lifted', 'defaulted'],
    verdict: ['approved', 'changes_requested', null],
    by: 'text?',
    closedAt: 'text?',
    note: 'text?',
  },
  key: ['escalation'],
});

type Fact<Type extends string> = Recorded<Extract<EventOf<'thread'>, { type: Type }>>;

function proposed({ meta: { seq, at }, event }: Fact<'thread.proposal.made'>): RowOp[] {
  const { proposal, hash, kind, severity, place } = event;
  const sources = json(event.sources);
  const facts = { proposal, seq, at, hash, ...place, kind, severity, sources };
  return [put(proposals, { ...facts, outcome: 'open', decision: null })];
}

function voted({ meta: { seq, at }, event }: Fact<'thread.vote.cast'>): RowOp[] {
  const { round, proposal, hash, agent, choice, confidencePct, ref } = event;
  const vote = { round, proposal, hash, agent, choice, confidencePct };
  const said = { saidLog: ref.log, saidSeq: ref.seq, saidHash: ref.hash };
  return [put(votes, { seq, at, ...vote, evidence: json(event.evidence), ...said })];
}

function agreed({ meta: { seq, at }, event }: Fact<'thread.consensus.reached'>): RowOp[] {
  const { decision, outcome, round, proposal, hash } = event;
  return [
    put(decisions, {
      decision,
      seq,
      at,
      kind: 'consensus',
      outcome,
      round,
      proposal,
      hash,
      tally: json(event.tally),
      votes: json(event.votes),
      blocking: null,
    }),
    change(proposals, { proposal }, { outcome, decision }),
  ];
}

function judged({ meta: { seq, at }, event }: Fact<'thread.verdict.reached'>): RowOp[] {
  const { decision, verdict } = event;
  return [
    put(decisions, {
      decision,
      seq,
      at,
      kind: 'verdict',
      outcome: verdict,
      round: null,
      proposal: null,
      hash: null,
      tally: null,
      votes: null,
      blocking: json(event.blocking),
    }),
  ];
}

function escalated({ meta, event }: Fact<'thread.escalated'>): RowOp[] {
  const { escalation, reason, deadlineAt, onSilence } = event;
  return [
    put(escalations, {
      escalation,
      seq: meta.seq,
      thread: meta.actor,
      openedAt: meta.at,
      reason,
      proposals: json(event.proposals),
      deadlineAt,
      onSilence,
      state: 'open',
      verdict: null,
      by: null,
      closedAt: null,
      note: null,
    }),
  ];
}

/** Proposals with their outcome, votes, numbered decisions, and escalations. */
export const consensus = projection(
  'consensus',
  3,
  [proposals, votes, decisions, escalations],
  [
    on('thread.proposal.made', proposed),
    on('thread.vote.cast', voted),
    on('thread.consensus.reached', agreed),
    on('thread.verdict.reached', judged),
    on('thread.escalated', escalated),
    on('thread.fork.started', ({ event: { escalation, deadlineAt } }) =>
      escalation === null ? [] : [change(escalations, { escalation }, { deadlineAt })],
    ),
    on('thread.escalation.resolved', ({ meta, event: { escalation, verdict, by }, body }) => {
      const note = json(body);
      const answer = { state: 'resolved' as const, verdict, by, closedAt: meta.at, note };
      return [change(escalations, { escalation }, answer)];
    }),
    on('thread.escalation.lifted', ({ meta, event: { escalation, by } }) => [
      change(escalations, { escalation }, { state: 'lifted', by, closedAt: meta.at }),
    ]),
    on('thread.escalation.defaulted', ({ meta, event: { escalation, verdict } }) => [
      change(escalations, { escalation }, { state: 'defaulted', verdict, closedAt: meta.at }),
    ]),
  ],
);
