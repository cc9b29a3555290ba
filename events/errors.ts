/**
 * Errors sorted by what happens next. Every one carries a code from a closed list: the codes are
 * public, pinned by a test, and safe to match on across process and version borders.
 */

/** Understood, and the answer is no. Never retried: the same input gets the same answer. */
export const refusalCodes = {
  ADDRESS_INVALID: 'text is not a bzzz address',
  ARGUMENT_INVALID: 'a command line or configuration value cannot be used',
  BLOB_TOO_LARGE: 'a text is larger than the documented limit of a blob',
  BODY_UNREADABLE: 'the key of a text was erased or is not on this machine',
  BUDGET_NEVER_FITS: 'the worst case of a call is above what the cap can ever allow',
  BUDGET_TRANSIENT: 'the worst case of a call does not fit beside the holds of others right now',
  BUNDLE_INVALID: 'a file or directory is not a bundle that can be read',
  CHECKPOINT_INVALID: 'a file is not a checkpoint, or its signature does not verify',
  COMMAND_NOT_ALLOWED: 'the actor is not in a state in which the command makes sense',
  DIFF_INVALID: 'the input is not a unified diff that can be reviewed',
  EVENT_INVALID: 'a fact does not have the shape of its event',
  EVENT_TOO_LARGE: 'an event is larger than the documented limit of a block',
  MODEL_ANSWER_INVALID: 'the model answered with something that does not fit the schema',
  MODEL_REJECTED: 'the provider refused the request as it is',
  MODEL_UNKNOWN: 'no price is known for the model, so no call is made',
  NOT_FOUND: 'nothing lives at that address',
  PROMPT_TOO_LARGE: 'the prompt may be longer than what the model takes',
  REVISION_UNKNOWN: 'git does not know that revision',
  ROLE_UNKNOWN: 'no role file has that name',
  TURN_TIMED_OUT: 'an agent did not end its turn in the time it has',
  VERSION_CONFLICT: 'the actor has moved on since the version the caller expected',
  VOTE_EVIDENCE_MISSING: 'the evidence of a vote points outside the change',
  VOTE_TWICE: 'the agent has already voted on that item in this round',
  VOTE_UNBOUND: 'the content hash of a vote does not match the item',
} as const;
export type RefusalCode = keyof typeof refusalCodes;

/** Nothing is wrong with the request; something it needs is away. Retried within bounds. */
export const unavailableCodes = {
  CLOCK_BACKWARDS: 'the clock shows a day before the one that money was last held in',
  DATA_DIR_LOCKED: 'another bzzz process works in the data directory',
  DATA_DIR_UNWRITABLE: 'the data directory cannot be created or written',
  MODEL_UNAVAILABLE: 'the model provider did not answer completely',
  NOT_REPLICATED: 'too few other nodes hold the events',
  STOPPING: 'the node is shutting down',
  STORAGE_FAILED: 'the disk did not take what was to be written',
  VIEWS_UNAVAILABLE: 'the view database cannot be reached',
} as const;
export type UnavailableCode = keyof typeof unavailableCodes;

/** What is stored contradicts itself. Stop, touch nothing, call the auditor. */
export const corruptCodes = {
  LOG_CORRUPT: 'a log holds something that no honest writer puts there',
  LOG_GAP: 'a position is missing between two events',
  LOG_UNLAWFUL: 'a log holds an event that its machine does not accept',
} as const;
export type CorruptCode = keyof typeof corruptCodes;

type Extra = { cause?: unknown; data?: Readonly<Record<string, unknown>> };

abstract class CodedError<Code extends string> extends Error {
  readonly code: Code;
  /** Machine-readable detail, safe to print: never a key, a token or a body. */
  readonly data: Readonly<Record<string, unknown>>;
  constructor(code: Code, message: string, extra: Extra = {}) {
    super(message, extra.cause === undefined ? undefined : { cause: extra.cause });
    this.code = code;
    this.data = extra.data ?? {};
  }
}

export class Refusal extends CodedError<RefusalCode> {
  override readonly name = 'Refusal';
}

export class Unavailable extends CodedError<UnavailableCode> {
  override readonly name = 'Unavailable';
}

export class Corrupt extends CodedError<CorruptCode> {
  override readonly name = 'Corrupt';
}
