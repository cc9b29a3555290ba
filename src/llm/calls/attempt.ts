import { Refusal, sha256Hex, Unavailable, type BlobRef } from '../../../events/index.ts';
import type { ModelAnswer, ModelRequest, PaidTurn, Quote, Slot } from '../../ports.ts';
import { patient } from '../../shared/abort.ts';
import { turnOf, type CallDeps } from './deps.ts';
import { endCall, release, settle, tryHold, type Bill } from './payment.ts';
import type { Place, WaitingRoom } from './room.ts';
import type { Vanguard } from './vanguard.ts';
import { scopesOf } from './scopes.ts';

/** A request that is ready to go: redacted, priced, sealed. */
export type Asked = {
  readonly turn: PaidTurn;
  readonly request: ModelRequest;
  readonly quote: Quote;
  /** The request as JSON text, sealed. */
  readonly sealed: BlobRef;
  readonly choice: string;
  /** How long to wait for a place at the provider; null for as long as it takes. */
  readonly admitMs: number | null;
};

/**
 * One attempt: its turn at the provider, then its money, then the call, each recorded under ids that a
 * restart finds again. Nobody holds money while waiting for the provider, nor a place there while waiting
 * for money. Throws Refusal BUDGET_NEVER_FITS, and what the gateway throws.
 */
export async function attempt(
  deps: CallDeps,
  { room, vanguard }: Waits,
  asked: Asked,
  signal: AbortSignal,
): Promise<void> {
  const begun = await vanguard.enter(asked.request, asked.quote, signal);
  try {
    const { slot, call, number } = await admitted(deps, room, asked, signal);
    try {
      await make(deps, asked, slot, { call, number, begun }, signal);
    } finally {
      slot.release();
    }
  } finally {
    begun();
  }
}

/** What calls wait for besides the provider: money, and a call that goes first. */
export type Waits = { readonly room: WaitingRoom; readonly vanguard: Vanguard };

type Admitted = { readonly slot: Slot; readonly call: string; readonly number: number };

async function admitted(
  deps: CallDeps,
  room: WaitingRoom,
  asked: Asked,
  signal: AbortSignal,
): Promise<Admitted> {
  const place = room.place();
  try {
    for (let isRefused = false; ; isRefused = true) {
      if (isRefused || !room.isEmpty) await wait(place, billOf(deps, asked), signal);
      const slot = await admit(deps, asked, signal);
      const held = await hold(deps, asked).catch((error: unknown) => {
        slot.release();
        throw error;
      });
      if (held) return { slot, ...held };
      slot.release();
    }
  } finally {
    place.leave();
  }
}

async function admit(
  { gateway }: CallDeps,
  { turn: { thread }, request, admitMs }: Asked,
  signal: AbortSignal,
): Promise<Slot> {
  if (admitMs === null) return gateway.admit(request, { thread, signal });
  const late = new AbortController();
  const timer = setTimeout(() => {
    const data = { status: null, billable: false, retryAfterMs: null };
    const message = `there was no place for a call of ${request.model} within ${admitMs} ms`;
    late.abort(new Unavailable('MODEL_UNAVAILABLE', message, { data }));
  }, admitMs);
  try {
    return await gateway.admit(request, { thread, signal: AbortSignal.any([signal, late.signal]) });
  } finally {
    clearTimeout(timer);
  }
}

async function hold(deps: CallDeps, asked: Asked): Promise<Omit<Admitted, 'slot'> | null> {
  const number = (await turnOf(deps, asked.turn)).attempts + 1;
  const call = await tryHold(deps, () => billOf(deps, asked), number);
  return call === null ? null : { call, number };
}

// Windows go by the clock, and the wait for the provider may have crossed midnight.
function billOf(deps: CallDeps, { turn, request, quote }: Asked): Bill {
  return {
    turn,
    model: request.model,
    quote,
    budget: turn.budget,
    scopes: scopesOf(deps, turn),
    amountMicroUsd: quote.costMicroUsd,
  };
}

async function wait(place: Place, bill: Bill, signal: AbortSignal): Promise<void> {
  try {
    await place.wait(bill, signal);
  } catch (error) {
    if (!(error instanceof Refusal && error.code === 'TURN_TIMED_OUT')) throw error;
    const message = `the calls of others held the money that a call of up to ${bill.amountMicroUsd} micro-dollars needs, until its turn was over`;
    throw new Refusal('BUDGET_TRANSIENT', message, { cause: error });
  }
}

async function make(
  deps: CallDeps,
  asked: Asked,
  slot: Slot,
  { call, number, begun }: { call: string; number: number; begun: () => void },
  signal: AbortSignal,
): Promise<void> {
  const { turn } = asked;
  if (signal.aborted) {
    await release(deps, turn, call, 'aborted');
    signal.throwIfAborted();
  }
  await start(deps, asked, call, number);
  const { agent, thread } = turn;
  const onText = (text: string): void => {
    begun();
    deps.onText?.({ agent, thread, call, text });
  };
  const inFlight = patient(signal, graceMs);
  const answer = await slot
    .attempt({ signal: inFlight.signal, onText })
    .catch((error: unknown) => failed(deps, turn, call, { error, signal }))
    .finally(inFlight.stop);
  await complete(deps, turn, call, answer).catch((error: unknown) =>
    unrecorded(deps, turn, call, error),
  );
  await settle(deps, turn, call, answer);
  signal.throwIfAborted();
}

/**
 * A vote that is decided while a call is in flight: cut off, the call would be charged in full, since nobody
 * reports what it has used; at its end it is charged what it has. Within what a stop may take.
 */
const graceMs = 4000;

async function start(deps: CallDeps, asked: Asked, call: string, number: number): Promise<void> {
  const { turn, request, quote, sealed, choice } = asked;
  await deps.actors.handle({
    kind: 'agent',
    actor: turn.agent,
    commandId: `${call}/start`,
    command: {
      type: 'startCall',
      turn: turn.turn,
      call,
      attempt: number,
      provider: quote.provider,
      model: request.model,
      choice,
      requestHash: sha256Hex(JSON.stringify(request)),
      request: sealed,
      promptTokensBound: quote.terms.promptTokens,
      maxTokens: request.maxTokens,
      hold: call,
    },
  });
}

async function failed(
  deps: CallDeps,
  turn: PaidTurn,
  call: string,
  { error, signal }: { readonly error: unknown; readonly signal: AbortSignal },
): Promise<never> {
  const isAbort = signal.aborted && error === signal.reason;
  const known = !isAbort && (error instanceof Unavailable || error instanceof Refusal);
  const data = known ? error.data : {};
  await endCall(deps, turn, call, {
    reason: known ? error.code : 'aborted',
    // An abort, whatever its reason, may come after the provider has begun to write, and it writes on: as
    // much as was held.
    billable: known ? data['billable'] === true : true,
    status: typeof data['status'] === 'number' ? data['status'] : null,
    retryAfterMs: wholeMs(data['retryAfterMs']),
  });
  throw error;
}

// An answer that cannot be kept, as one too long for a blob, was paid for all the same.
async function unrecorded(
  deps: CallDeps,
  turn: PaidTurn,
  call: string,
  error: unknown,
): Promise<never> {
  if (error instanceof Refusal)
    await endCall(deps, turn, call, { reason: error.code, billable: true });
  throw error;
}

// A provider may ask for any number; an event holds those that JSON keeps exactly.
function wholeMs(delayMs: unknown): number | null {
  return typeof delayMs === 'number' ? Math.min(delayMs, Number.MAX_SAFE_INTEGER) : null;
}

async function complete(
  deps: CallDeps,
  turn: PaidTurn,
  call: string,
  answer: ModelAnswer,
): Promise<void> {
  const text = await deps.redactor.redact(turn.thread, answer.text);
  await deps.actors.handle({
    kind: 'agent',
    actor: turn.agent,
    commandId: `${call}/complete`,
    command: {
      type: 'completeCall',
      turn: turn.turn,
      call,
      model: answer.model,
      finishReason: answer.finishReason,
      usage: answer.usage,
      serviceTier: answer.serviceTier,
      latencyMs: Math.round(answer.latencyMs),
      answer: await deps.vault.sealBlob(turn.thread, text),
    },
  });
}
