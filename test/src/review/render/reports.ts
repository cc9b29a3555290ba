import type { ReviewReport } from '../../../../src/review/index.ts';

type Proposal = ReviewReport['proposals'][number];
type Vote = Proposal['votes'][number];

function vote(agent: string, choice: Vote['choice'], more: Partial<Vote> = {}): Vote {
  return {
    agent,
    role: agent,
    round: 1,
    choice,
    confidencePct: 80,
    rationale: `What ${agent} thinks.`,
    evidence: [],
    dissent: false,
    ...more,
  };
}

const thread = 'bzzz://*:*@chorus:pr-42';

const injection: Proposal = {
  id: 'p1',
  address: `${thread}/proposals/p1`,
  hash: 'a3'.repeat(32),
  place: { path: 'src/db/users.ts', line: 42, endLine: 44 },
  kind: 'injection',
  severity: 'high',
  outcome: 'accepted',
  blocking: true,
  title: 'SQL is built from user input',
  detail:
    'The query concatenates `name` into the statement. A quote in the name ends the literal, and what follows runs as SQL with the rights of the service.\n\nThe name comes straight from the request:\n\n    const name = url.searchParams.get("name");',
  suggestion: "Bind it: `db.query('select * from users where name = ?', [name])`.",
  foundBy: ['reviewer', 'architect'],
  votes: [
    vote('architect', 'approve', { confidencePct: 85 }),
    vote('reviewer', 'approve', { confidencePct: 97 }),
    vote('documentation', 'abstain', { confidencePct: 20 }),
    vote('performance', 'reject', {
      confidencePct: 60,
      dissent: true,
      rationale:
        'Only the import script calls this, with names that it has made itself. Worth a comment, not worth holding the change for.',
      evidence: [{ path: 'scripts/import.ts', line: 7, endLine: 7 }],
    }),
  ],
  remarks: [],
};

const naming: Proposal = {
  id: 'p2',
  address: `${thread}/proposals/p2`,
  hash: 'b4'.repeat(32),
  place: { path: 'src/db/users.ts', line: 12, endLine: 12 },
  kind: 'missing-doc',
  severity: 'low',
  outcome: 'accepted',
  blocking: false,
  title: '`findUsers` does not say that it may return users who have left',
  detail: 'Callers in billing rely on active users only.',
  suggestion: '',
  foundBy: ['documentation'],
  votes: [
    vote('architect', 'approve'),
    vote('reviewer', 'approve', { confidencePct: 75 }),
    vote('documentation', 'approve', { confidencePct: 90 }),
    vote('performance', 'abstain', { confidencePct: 10 }),
  ],
  remarks: [],
};

const query: Proposal = {
  id: 'p3',
  address: `${thread}/proposals/p3`,
  hash: 'c5'.repeat(32),
  place: { path: 'src/api/list.ts', line: 88, endLine: 93 },
  kind: 'n-plus-one',
  severity: 'medium',
  outcome: 'rejected',
  blocking: false,
  title: 'One query per user',
  detail: 'The loop asks for the team of each user.',
  suggestion: 'Join the teams.',
  foundBy: ['performance'],
  votes: [
    vote('architect', 'reject', { confidencePct: 70 }),
    vote('reviewer', 'approve', { confidencePct: 55 }),
    vote('performance', 'approve', { confidencePct: 90 }),
    vote('architect', 'reject', { confidencePct: 80, round: 2 }),
    vote('reviewer', 'reject', { confidencePct: 65, round: 2 }),
    vote('documentation', 'reject', { confidencePct: 60, round: 2 }),
    vote('performance', 'approve', {
      confidencePct: 90,
      round: 2,
      dissent: true,
      rationale: 'A page shows 200 users: that is 200 round trips of 2 ms.',
      evidence: [{ path: 'src/api/list.ts', line: 90, endLine: 90 }],
    }),
  ],
  remarks: [
    {
      agent: 'architect',
      role: 'architect',
      objects: true,
      text: 'The teams are cached since the last change, so the loop does not reach the database.',
    },
  ],
};

/** A review by four language models that asks for changes. */
export const changesRequested: ReviewReport = {
  format: 'bzzz.review/1',
  thread,
  project: 'chorus',
  task: 'pr-42',
  outcome: 'changes_requested',
  change: { hash: 'd6'.repeat(32), files: 4, added: 120, removed: 33 },
  models: { provider: 'openai', offline: false, used: ['gpt-5.4-mini', 'gpt-5.4'] },
  decision: {
    address: `${thread}/decisions/4`,
    verdict: 'changes_requested',
    decidedBy: 'agents',
    by: null,
    note: null,
    blocking: ['p1'],
  },
  escalation: null,
  participants: [
    {
      agent: 'bzzz://architect:architect@chorus:*',
      name: 'architect',
      role: 'architect',
      status: 'reviewed',
      reason: null,
      summary: 'The new store keeps to the layers. One query is built by hand.',
    },
    {
      agent: 'bzzz://reviewer:reviewer@chorus:*',
      name: 'reviewer',
      role: 'reviewer',
      status: 'reviewed',
      reason: null,
      summary: 'Sound but for the query in users.ts, which an attacker can write.',
    },
    {
      agent: 'bzzz://documentation:documentation@chorus:*',
      name: 'documentation',
      role: 'documentation',
      status: 'reviewed',
      reason: null,
      summary: '',
    },
    {
      agent: 'bzzz://performance:performance@chorus:*',
      name: 'performance',
      role: 'performance',
      status: 'reviewed',
      reason: null,
      summary: 'One loop that asks the database too often.',
    },
  ],
  proposals: [naming, query, injection],
  cost: {
    spentMicroUsd: 48_210,
    heldMicroUsd: 0,
    calls: 9,
    inputTokens: 38_412,
    outputTokens: 4_317,
    limits: [
      { scope: 'task:pr-42', limitMicroUsd: 1_000_000, spentMicroUsd: 48_210 },
      { scope: 'day:2026-11-23', limitMicroUsd: 10_000_000, spentMicroUsd: 2_481_003 },
    ],
  },
  startedAt: '2026-11-23T10:00:00.000Z',
  endedAt: '2026-11-23T10:01:12.400Z',
};

/** An offline review that ends with a question to a person. */
export const escalated: ReviewReport = {
  ...changesRequested,
  outcome: 'escalated',
  models: { provider: 'offline', offline: true, used: ['offline'] },
  decision: null,
  escalation: {
    address: `${thread}/escalations/1`,
    reason: 'undecided',
    deadlineAt: '2026-11-24T10:01:12.400Z',
    onSilence: 'changes_requested',
    proposals: ['p3'],
  },
  participants: changesRequested.participants.map((participant) =>
    participant.role === 'documentation'
      ? { ...participant, status: 'failed', reason: 'MODEL_ANSWER_INVALID', summary: null }
      : participant,
  ),
  proposals: [
    {
      ...query,
      outcome: 'open',
      votes: query.votes
        .filter(({ round }) => round === 1)
        .map((cast) => ({ ...cast, dissent: false })),
    },
  ],
  cost: { ...changesRequested.cost, spentMicroUsd: 0, limits: [] },
  endedAt: null,
};

/** The escalation answered by a person, texts erased since. */
export const overruled: ReviewReport = {
  ...escalated,
  outcome: 'approved',
  decision: {
    address: `${thread}/decisions/2`,
    verdict: 'approved',
    decidedBy: 'person',
    by: 'Ann Lee',
    note: 'The teams are cached.\nWe measure again in May.',
    blocking: [],
  },
  proposals: escalated.proposals.map((proposal) => ({
    ...proposal,
    title: null,
    detail: null,
    suggestion: null,
    remarks: [],
  })),
  endedAt: '2026-11-23T12:30:00.000Z',
};

/** Nothing found, nothing to say. */
export const clean: ReviewReport = {
  ...changesRequested,
  outcome: 'approved',
  decision: {
    address: `${thread}/decisions/1`,
    verdict: 'approved',
    decidedBy: 'agents',
    by: null,
    note: null,
    blocking: [],
  },
  proposals: [],
};
