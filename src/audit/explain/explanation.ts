import { z } from 'zod';
import {
  actorKind,
  blobRef,
  choice,
  escalationReason,
  policy,
  place,
  serviceTier,
  severity,
  statementRef,
  tally,
  turnKind,
  usage,
  verdict,
} from '../../../events/index.ts';

/**
 * What stands behind a decision, for reports and programs; published as explanation.schema.json. Money is
 * integer micro-dollars, times are RFC 3339, hashes and keys lower-case hex.
 */

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().min(0);
const time = z.string();
/** Null when its key was erased, or is not here. */
const text = z.string().nullable();

const problem = z.strictObject({
  check: z.string(),
  /** Address; empty when the log belongs to nobody. */
  actor: z.string(),
  log: z.string(),
  seq: count.nullable(),
  field: z.string().nullable(),
  expected: z.json(),
  found: z.json(),
  message: z.string(),
});

/** A statement in the log of the agent that made it. */
const statement = z.strictObject({
  ...statementRef.shape,
  /** When the agent recorded it; null when its log does not hold it. */
  at: time.nullable(),
  /** The log is proved, holds this block at this place, and it says what the thread says. */
  verified: z.boolean(),
  /** Why not; null when it is. */
  why: z.string().nullable(),
  /** The turn of the agent in which it was made; null when nobody knows. */
  turn: z.string().nullable(),
});

const voted = z.strictObject({
  agent: z.string(),
  role: z.string(),
  weight: count,
  choice,
  confidencePct: count,
  round: count,
  /** Event of the thread that entered it. */
  seq: count,
  at: time,
  /** Whether the decision names it among its votes. */
  counted: z.boolean(),
  /** It is for the other outcome. */
  dissents: z.boolean(),
  evidence: z.array(place),
  rationale: text,
  statement,
});

const objection = z.strictObject({
  agent: z.string(),
  seq: count,
  at: time,
  text,
  statement,
});

const source = z.strictObject({
  agent: z.string(),
  kind: z.string(),
  severity,
  confidencePct: count,
  place,
  title: text,
  detail: text,
  suggestion: text,
  statement,
});

const item = z.strictObject({
  proposal: z.string(),
  /** What every vote is bound to. */
  hash,
  kind: z.string(),
  severity,
  place,
  seq: count,
  at: time,
  outcome: z.enum(['accepted', 'rejected', 'undecided']),
  /** Its decision, and the event of the thread; null while it is undecided. */
  decision: count.nullable(),
  decidedSeq: count.nullable(),
  decidedAt: time.nullable(),
  /** Accepted, and severe enough to ask for changes. */
  blocks: z.boolean(),
  round: count,
  tally: z.strictObject({
    recorded: tally.nullable(),
    /** Counted again from the votes. */
    counted: tally,
    /** What the policy makes of it. */
    outcome: z.enum(['accepted', 'rejected', 'undecided']),
    same: z.boolean(),
  }),
  quorum: z.strictObject({
    neededPct: count,
    voted: count,
    participants: count,
    reached: z.boolean(),
  }),
  votes: z.array(voted),
  objections: z.array(objection),
  sources: z.array(source),
});

const cost = z.strictObject({
  ledger: z.string(),
  hold: z.string(),
  heldMicroUsd: count,
  /** settled: by what was used. charged: in full. released: nothing. open: no end yet. */
  end: z.enum(['settled', 'charged', 'released', 'open']),
  chargedMicroUsd: count,
  /** Hash of the price book. */
  priceBook: hash,
  /** Event of the ledger that ended it. */
  seq: count.nullable(),
  at: time.nullable(),
});

const call = z.strictObject({
  call: z.string(),
  attempt: count,
  provider: z.string(),
  model: z.string(),
  /** The model as the provider named it in its answer. */
  answeredBy: z.string().nullable(),
  choice: z.string(),
  at: time,
  outcome: z.enum(['completed', 'failed', 'open']),
  /** Finish reason of an answer, or why there is none. */
  reason: z.string().nullable(),
  /** Why the answer could not be used. */
  rejected: z.string().nullable(),
  latencyMs: count.nullable(),
  usage: usage.nullable(),
  serviceTier: serviceTier.nullable(),
  /** SHA-256 of the request as JSON text; `request` and `answer` name the sealed texts. */
  requestHash: hash,
  request: blobRef,
  answer: blobRef.nullable(),
  /** Id of the money held for it. */
  hold: z.string(),
  cost: cost.nullable(),
});

const turn = z.strictObject({
  turn: z.string(),
  agent: z.string(),
  kind: turnKind,
  round: count,
  at: time,
  calls: z.array(call),
});

const seal = z.strictObject({
  /** Event of the node's log. */
  seq: count,
  at: time,
  length: count,
  root: hash,
});

const log = z.strictObject({
  actor: z.string(),
  kind: actorKind,
  key: z.string(),
  length: count,
  /** The root that its blocks hash to; null when it could not be read. */
  root: z.string().nullable(),
  /** Nothing in it was found to be false. */
  holds: z.boolean(),
  /** The last event of it that this explanation rests on. */
  last: count,
  /** The first seal of the node that covers that event; null while none does. */
  sealed: seal.nullable(),
});

export const explanation = z.strictObject({
  format: z.literal('bzzz.explanation/1'),
  /** Address of the decision. */
  address: z.string(),
  holds: z.boolean(),
  /** What does not hold, of all that stands behind the decision. */
  problems: z.array(problem),
  decision: z.strictObject({
    number: count,
    kind: z.enum(['consensus', 'verdict']),
    outcome: z.enum(['accepted', 'rejected', 'approved', 'changes_requested']),
    /** Event of the thread, and the SHA-256 of its block. */
    seq: count,
    at: time,
    hash: z.string(),
    decidedBy: z.enum(['agents', 'person', 'silence']),
    by: z.string().nullable(),
    note: text,
    blocking: z.array(z.string()),
    escalation: z
      .strictObject({
        escalation: count,
        reason: escalationReason,
        proposals: z.array(z.string()),
        at: time,
        deadlineAt: time,
        onSilence: verdict,
        answeredAt: time,
      })
      .nullable(),
  }),
  thread: z.strictObject({
    address: z.string(),
    log: z.string(),
    openedAt: time,
    /** SHA-256 of the diff under review. */
    change: hash.nullable(),
  }),
  policy,
  participants: z.array(
    z.strictObject({
      agent: z.string(),
      role: z.string(),
      weight: count,
      veto: z.boolean(),
      log: z.string(),
      /** Why it dropped out. */
      failed: z.string().nullable(),
    }),
  ),
  items: z.array(item),
  /** Turns in which something above was said, with the model calls behind them. */
  turns: z.array(turn),
  cost: z.strictObject({ calls: count, chargedMicroUsd: count }),
  logs: z.array(log),
  /** Events of the node's log in which somebody else signed its checkpoint. */
  witnessed: z.array(z.strictObject({ seq: count, at: time })),
});
export type Explanation = z.infer<typeof explanation>;
export type Item = Explanation['items'][number];
export type Turn = Explanation['turns'][number];
export type Statement = z.infer<typeof statement>;
export type Problem = z.infer<typeof problem>;
