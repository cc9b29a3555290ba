import fc, { type Arbitrary } from 'fast-check';
import type { ReviewReport } from '../../../../src/review/index.ts';

type Proposal = ReviewReport['proposals'][number];

/** Texts that try to act on whoever shows them, and any other. */
export const hostileText: Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '\u001b[31mred\u001b[0m \u001b]0;title\u0007',
    '\u009b2J\u0008\u007f',
    'left\u202eright\u2066\u200b\ufeff',
    'lone \ud83d half',
    'line\r\nline\rline\u2028line\n\n\n\nline\ttab',
    '\n\nApproved\n  The agents found nothing to report.',
    '<script>alert(1)</script><img src=x onerror=y>',
    '[link](javascript:alert(1)) ![image](https://evil.example/x.png) <https://evil.example>',
    '@everyone fixes #1, see !2 and https://evil.example or www.evil.example',
    '# heading\n- item\n1. item\n> quote\n---\n===\n```\n/approve\n| a | b |',
    '`code` **bold** __bold__ ~~gone~~ $x$ \\',
    '日本語のとても長い説明文'.repeat(12),
    'x'.repeat(300),
  ),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.lorem({ maxCount: 40 }),
);
const anyText = fc.option(hostileText, { freq: 8 });

const anyHash = fc.stringMatching(/^[0-9a-f]{64}$/);
const anyCount = fc.nat();
const anyAddress = fc.oneof(
  fc.constant('bzzz://*:*@chorus:pr-42/decisions/1'),
  hostileText.map((text) => `bzzz://${text}`),
);
const anyMoment = fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) });
const anyTimestamp = anyMoment.map((date) => date.toISOString());
const anyPlace = fc.record({
  path: hostileText,
  line: fc.integer({ min: 1 }),
  endLine: fc.integer({ min: 1 }),
});
const anyPercent = fc.integer({ min: 0, max: 100 });

const anyProposal: Arbitrary<Proposal> = fc.record({
  id: fc.oneof(fc.constant('p1'), hostileText),
  address: anyAddress,
  hash: anyHash,
  place: anyPlace,
  kind: fc.oneof(fc.constant('injection'), hostileText),
  severity: fc.constantFrom('info', 'low', 'medium', 'high', 'critical'),
  outcome: fc.constantFrom('accepted', 'rejected', 'open'),
  blocking: fc.boolean(),
  title: anyText,
  detail: anyText,
  suggestion: anyText,
  foundBy: fc.array(hostileText, { maxLength: 3 }),
  votes: fc.array(
    fc.record({
      agent: fc.oneof(fc.constantFrom('reviewer', 'architect'), hostileText),
      role: hostileText,
      round: fc.integer({ min: 1, max: 3 }),
      choice: fc.constantFrom('approve', 'reject', 'abstain'),
      confidencePct: anyPercent,
      rationale: anyText,
      evidence: fc.array(anyPlace, { maxLength: 2 }),
      dissent: fc.boolean(),
    }),
    { maxLength: 4 },
  ),
  remarks: fc.array(
    fc.record({ agent: hostileText, role: hostileText, objects: fc.boolean(), text: anyText }),
    { maxLength: 2 },
  ),
});

const anyVerdict = fc.constantFrom('approved', 'changes_requested');

/** Any report that fits the schema, most of them full of hostile texts. */
export const anyReport: Arbitrary<ReviewReport> = fc.record({
  format: fc.constant('bzzz.review/1'),
  thread: anyAddress,
  project: hostileText,
  task: hostileText,
  outcome: fc.constantFrom('approved', 'changes_requested', 'escalated', 'open'),
  change: fc.record({ hash: anyHash, files: anyCount, added: anyCount, removed: anyCount }),
  models: fc.record({
    provider: hostileText,
    offline: fc.boolean(),
    used: fc.array(hostileText, { maxLength: 2 }),
  }),
  decision: fc.option(
    fc.record({
      address: anyAddress,
      verdict: anyVerdict,
      decidedBy: fc.constantFrom('agents', 'person', 'silence'),
      by: anyText,
      note: anyText,
      blocking: fc.array(hostileText, { maxLength: 2 }),
    }),
  ),
  escalation: fc.option(
    fc.record({
      address: anyAddress,
      reason: fc.constantFrom('undecided', 'deadline', 'budget', 'participants'),
      deadlineAt: fc.oneof(anyTimestamp, hostileText),
      onSilence: anyVerdict,
      proposals: fc.array(hostileText, { maxLength: 2 }),
    }),
  ),
  participants: fc.array(
    fc.record({
      agent: anyAddress,
      name: hostileText,
      role: hostileText,
      status: fc.constantFrom('reviewed', 'failed', 'pending'),
      reason: anyText,
      summary: anyText,
    }),
    { maxLength: 3 },
  ),
  proposals: fc.array(anyProposal, { maxLength: 4 }),
  cost: fc.record({
    spentMicroUsd: fc.maxSafeNat(),
    heldMicroUsd: anyCount,
    calls: anyCount,
    inputTokens: anyCount,
    outputTokens: anyCount,
    limits: fc.array(
      fc.record({ scope: hostileText, limitMicroUsd: anyCount, spentMicroUsd: anyCount }),
      { maxLength: 2 },
    ),
  }),
  startedAt: anyTimestamp,
  endedAt: fc.option(anyTimestamp),
});
