import type {
  AgentCommand,
  AgentContext,
  BudgetCommand,
  Ledger,
  NodeCommand,
  NodeContext,
  ThreadCommand,
  ThreadContext,
} from '../actors/index.ts';
import type {
  ActorKind,
  BillingTerms,
  BlobRef,
  EventOf,
  Head,
  ModelPrice,
  Recorded,
  SealedBody,
  ServiceTier,
  Usage,
} from '../events/index.ts';

/** The interfaces through which the rooms of `src` meet. Each is kept as narrow as its users need. */

/**
 * How safe an acknowledged event is. process: survives a killed process. disk: synced, survives a power
 * cut. replicated: other nodes hold it too.
 */
export type Durability = 'process' | 'disk' | 'replicated';

/** The only source of time; everything that reads a clock is given this one. */
export interface Clock {
  nowMs(): number;
}

/** One append-only signed log. Block i is event i. */
export interface EventLog {
  /** Public key, hex. */
  readonly key: string;
  readonly length: number;
  /**
   * Appends all blocks or none, if the log is exactly `expectedLength` long; Refusal VERSION_CONFLICT
   * otherwise. Resolves at durability `process`.
   */
  append(blocks: readonly Uint8Array[], expectedLength: number): Promise<void>;
  /** One block. Throws Corrupt LOG_GAP when it is not there. */
  get(seq: number): Promise<Uint8Array>;
  /** Blocks from (inclusive) to (exclusive), in order; throws Corrupt LOG_GAP when one is missing. */
  read(from?: number, to?: number): AsyncIterable<Uint8Array>;
  /** Length, Merkle root and fork; at an earlier length if one is given. */
  head(length?: number): Promise<Head>;
  close(): Promise<void>;
}

/** Texts too large for an event, content-addressed by the SHA-256 of what is stored. */
export interface Blobs {
  /** Stores bytes once; putting them again changes nothing. */
  put(bytes: Uint8Array): Promise<BlobRef>;
  /** Throws Refusal NOT_FOUND, or Corrupt LOG_CORRUPT when the bytes do not have that hash. */
  get(ref: BlobRef): Promise<Uint8Array>;
}

/** Seals free text with a key per subject; whoever loses the key loses the text and keeps the proof. */
export interface Vault {
  /** Small texts are sealed in place, large ones as a blob. Refusal BLOB_TOO_LARGE over the limit. */
  seal(subject: string, text: string): Promise<SealedBody>;
  /** Always as a blob. */
  sealBlob(subject: string, text: string): Promise<BlobRef>;
  /** Null when the key of the subject is gone: erased, or never on this machine. */
  open(body: SealedBody): Promise<string | null>;
  openBlob(subject: string, ref: BlobRef): Promise<string | null>;
}

type Commands = {
  thread: ThreadCommand;
  agent: AgentCommand;
  budget: BudgetCommand;
  node: NodeCommand;
};
type Contexts = {
  thread: ThreadContext;
  agent: AgentContext;
  budget: Ledger;
  node: NodeContext;
};
// The host is the one who looks at the clock.
type Timeless<Command> = Command extends { nowMs: number } ? Omit<Command, 'nowMs'> : never;

/** What an actor of a kind can be told. */
export type CommandOf<Kind extends ActorKind> = Timeless<Commands[Kind]>;

/** What is asked of an actor, and under which id: the same id again gets the first outcome. */
export type Instruction<Kind extends ActorKind> = {
  kind: Kind;
  actor: string;
  command: CommandOf<Kind>;
  commandId: string;
  /** Number of events the caller has seen; VERSION_CONFLICT if the actor has moved on. */
  expectedVersion?: number;
  /** Default disk. */
  durability?: Durability;
  signal?: AbortSignal;
};

/** The acknowledgement of a command. */
export type Outcome<Kind extends ActorKind = ActorKind> = {
  /** Events that the command led to, first to last; empty when nothing had to happen. */
  readonly events: readonly Recorded<EventOf<Kind>>[];
  /** Hash of each of their blocks: what statements are referred to by. */
  readonly hashes: readonly string[];
  /** Length of the log when the command was handled. */
  readonly version: number;
  readonly durability: Durability;
  /** True when the command had been handled before. */
  readonly repeated: boolean;
};

/** The state of an actor, as JSON. */
export type ActorState<Kind extends ActorKind> = {
  readonly value: unknown;
  readonly context: Contexts[Kind];
  readonly version: number;
};

/** The actors of a node. */
export interface Actors {
  /** Handles a command: decided, appended, durable. Throws Refusal, Unavailable or Corrupt. */
  handle<Kind extends ActorKind>(instruction: Instruction<Kind>): Promise<Outcome<Kind>>;
  /** The outcome of a command handled earlier; null if there was none. */
  outcome<Kind extends ActorKind>(
    kind: Kind,
    actor: string,
    commandId: string,
  ): Promise<Outcome<Kind> | null>;
  /** Null when no such actor was ever told anything. */
  state<Kind extends ActorKind>(kind: Kind, actor: string): Promise<ActorState<Kind> | null>;
  /** Events of an actor from a position on; nothing when it has none. */
  events<Kind extends ActorKind>(
    kind: Kind,
    actor: string,
    from?: number,
  ): AsyncIterable<Recorded<EventOf<Kind>>>;
  /** Public key of an actor's log; null when it has none. */
  logOf(actor: string): string | null;
  /** Calls the listener with every batch of new events, in the order of each log; returns the way out. */
  subscribe(listener: (events: readonly Recorded[]) => void): () => void;
}

/** What a model is asked. Nothing in it is tied to one vendor. */
export type ModelRequest = {
  /** As the provider calls it and as the price book lists it. */
  model: string;
  messages: readonly { role: 'system' | 'user' | 'assistant'; content: string }[];
  /** Most tokens the model may write, reasoning included: the half of the worst case that we choose. */
  maxTokens: number;
  /** JSON Schema that the answer must follow, and its name. */
  schema?: { name: string; schema: Record<string, unknown> };
  seed?: number;
};

/** A whole answer of a model, as far as the provider is concerned. */
export type ModelAnswer = {
  text: string;
  /** As the provider names it, often with a date. Prices go by the name that was asked for. */
  model: string;
  /**
   * `stop`: the text is all there is. Anything else is an outcome too, for it is billed and reports its
   * usage, but the text is not what was asked for: `length` (cut at maxTokens), `content_filter`
   * (withheld), `refusal` (the model declined; the text is its explanation), or the provider's own word.
   */
  finishReason: string;
  /** Null when the provider reported none, or numbers that cannot be: charge the hold. */
  usage: Usage | null;
  /** The service tier that the provider says it has billed; null when it does not say. */
  serviceTier: ServiceTier | null;
  /** From sending the request to the last byte. */
  latencyMs: number;
  /** The provider's own id of the request, for its support desk. */
  requestId: string | null;
};

/** What one attempt can cost at most, and everything that follows from. */
export type Quote = {
  readonly provider: string;
  /** Hash of the price book. */
  readonly priceBook: string;
  readonly price: ModelPrice;
  readonly terms: BillingTerms & { readonly promptTokens: number; readonly maxTokens: number };
  readonly costMicroUsd: number;
};

/** Leave to make one attempt now. Ends with the attempt, or unused with `release`. */
export type Slot = {
  /**
   * One attempt. Unavailable MODEL_UNAVAILABLE may be tried again (data: status, retryAfterMs, billable);
   * Refusal MODEL_REJECTED or MODEL_UNKNOWN may not. An abort throws the signal's reason; what was sent
   * by then may be billed.
   */
  attempt(options: {
    signal: AbortSignal;
    /** Called with each piece of text as it arrives. Not an event: the whole answer is. */
    onText?: ((text: string) => void) | undefined;
  }): Promise<ModelAnswer>;
  release(): void;
};

/** The way to the models: it prices, queues and calls. Holding and settling money is not its part. */
export interface ModelGateway {
  /**
   * Refusal MODEL_UNKNOWN without a price, ARGUMENT_INVALID for more tokens than the model can write,
   * PROMPT_TOO_LARGE for more than it can read.
   */
  quote(request: ModelRequest): Quote;
  /**
   * Waits for its turn: the provider's limits of requests and tokens, its circuit breaker, a key that
   * works; fair between threads. No money is held meanwhile. Throws what an attempt throws.
   */
  admit(request: ModelRequest, options: { thread: string; signal: AbortSignal }): Promise<Slot>;
  /** Runs attempts, numbered from 1, until one succeeds or must not be repeated. */
  retry<T>(fn: (attempt: number) => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Models to ask instead when a model cannot be reached, in order; each has a price. */
  fallbacks(model: string): readonly string[];
}

/** The turn of an agent that calls belong to, and who pays for them. */
export type PaidTurn = {
  readonly turn: string;
  readonly agent: string;
  readonly thread: string;
  readonly budget: string;
};

/** One way to ask: the request, and why this model and this much context. */
export type CallOption = { readonly request: ModelRequest; readonly choice: string };

/** Model calls that are held, recorded and settled; each answer is paid for at most once. */
export interface ModelCalls {
  /**
   * The answer to the first option that the caps have room for. A recorded answer is returned without a
   * call. An option whose prompt is too long for its model is passed over. `read` throws Refusal MODEL_ANSWER_INVALID for a text that cannot be used: then the model is
   * asked once to mend it. Throws Refusal BUDGET_NEVER_FITS or BUDGET_TRANSIENT, and what a gateway throws.
   */
  call<T>(
    turn: PaidTurn,
    options: readonly CallOption[],
    read: (text: string) => T,
    signal: AbortSignal,
  ): Promise<T>;
  /** Leaves nothing of a turn unpaid that is not gone on with. */
  abandon(turn: PaidTurn): Promise<void>;
  /** Micro-dollars that a call of this turn could still hold, the least over all its scopes. */
  left(turn: Omit<PaidTurn, 'turn'>): Promise<number>;
}

/** Takes secrets and personal data out of texts, and puts them back for those who may see them. */
export interface Redactor {
  /** The same text again gives the same result; a text that was redacted before stays as it is. */
  redact(subject: string, text: string): Promise<string>;
  /** What cannot be restored, because the map was erased, stays redacted. */
  restore(subject: string, text: string): Promise<string>;
}

/** A source of events for readers that must not write: the registered logs of a store. */
export interface LogReader {
  /** Every log of the store that the node has registered, its own included. */
  logs(): Promise<
    readonly {
      actor: string;
      kind: ActorKind;
      log: string;
      length: number;
      /** Changed behind the node's back and not to be read; its length is given as 0. */
      doubtful?: true;
    }[]
  >;
  /** Decoded events of a log, in order. */
  events(log: string, from: number, to?: number): AsyncIterable<Recorded>;
  head(log: string, length?: number): Promise<Head>;
}
