import {
  canonicalJson,
  Refusal,
  sha256Hex,
  Unavailable,
  type Json,
  type BlobRef,
} from '../../events/index.ts';
import type { ModelAnswer, ModelRequest } from '../ports.ts';
import { wait } from '../shared/abort.ts';
import type { ReviewDeps } from './deps.ts';

/** A call within a turn of an agent: who asks, on whose budget, for which thread. */
export type CallContext = {
  readonly turn: string;
  readonly agent: string;
  readonly thread: string;
  readonly budget: string;
  readonly scopes: readonly string[];
  /** Why this model. */
  readonly choice: string;
};

export type CallAnswer = { readonly text: string; readonly finishReason: string };

const transientTriesMax = 8;
const transientDelayMs = 250;

/**
 * The answer to a request, at most paid for once: a recorded answer is returned without a call. Each
 * attempt is held, recorded, made, recorded and settled, in that order, under ids that a restart finds
 * again. Throws Refusal BUDGET_NEVER_FITS or BUDGET_TRANSIENT, and what the gateway throws.
 */
export async function callModel(
  deps: ReviewDeps,
  context: CallContext,
  request: ModelRequest,
  signal: AbortSignal,
): Promise<CallAnswer> {
  const recorded = await recordedAnswer(deps, context, request.model);
  if (recorded) return recorded;
  await endInterrupted(deps, context);
  const sealed = await deps.vault.sealBlob(context.thread, JSON.stringify(request));
  return deps.gateway.retry(() => attempt(deps, context, request, sealed, signal), signal);
}

async function turnOf(deps: ReviewDeps, { agent, turn }: CallContext) {
  const state = await deps.actors.state('agent', agent);
  const found = state?.context.turns[turn];
  if (!found) throw new TypeError(`turn ${turn} of ${agent} is not under way`);
  return found;
}

// The process died between the answer and the statements made of it: the answer is in the log.
async function recordedAnswer(
  deps: ReviewDeps,
  context: CallContext,
  model: string,
): Promise<CallAnswer | null> {
  const { answered } = await turnOf(deps, context);
  if (!answered) return null;
  const outcome = await deps.actors.outcome('agent', context.agent, `${answered}/complete`);
  const event = outcome?.events.map((recorded) => recorded.event)[0];
  if (event?.type !== 'agent.call.completed') throw new TypeError(`no answer of ${answered}`);
  await settle(deps, context, answered, model, event.usage);
  const text = await deps.vault.openBlob(context.thread, event.answer);
  if (text === null) {
    throw new Refusal('BODY_UNREADABLE', `the answer of ${answered} was erased`);
  }
  return { text, finishReason: event.finishReason };
}

// The process died with a call in flight: nobody knows what it cost, so the hold is charged.
async function endInterrupted(deps: ReviewDeps, context: CallContext): Promise<void> {
  const { open } = await turnOf(deps, context);
  if (open) await endCall(deps, context, open, { reason: 'interrupted', billable: true });
}

async function attempt(
  deps: ReviewDeps,
  context: CallContext,
  request: ModelRequest,
  sealed: BlobRef,
  signal: AbortSignal,
): Promise<CallAnswer> {
  const { attempts } = await turnOf(deps, context);
  const { promptTokens, costMicroUsd } = deps.gateway.worstCase(request);
  const call = await hold(deps, context, request.model, attempts + 1, costMicroUsd, signal);
  await deps.actors.handle({
    kind: 'agent',
    actor: context.agent,
    commandId: `${call}/start`,
    command: {
      type: 'startCall',
      turn: context.turn,
      call,
      attempt: attempts + 1,
      provider: deps.gateway.providerName,
      model: request.model,
      choice: context.choice,
      requestHash: sha256Hex(canonicalJson(JSON.parse(JSON.stringify(request)) as Json)),
      request: sealed,
      promptTokensBound: promptTokens,
      maxTokens: request.maxTokens,
      hold: call,
    },
  });
  const answer = await deps.gateway
    .attempt(request, { signal })
    .catch((error: unknown) => failed(deps, context, call, error));
  await complete(deps, context, call, answer);
  await settle(deps, context, call, request.model, answer.usage);
  return answer;
}

async function failed(
  deps: ReviewDeps,
  context: CallContext,
  call: string,
  error: unknown,
): Promise<never> {
  const known = error instanceof Unavailable || error instanceof Refusal;
  const data = known ? error.data : {};
  await endCall(deps, context, call, {
    reason: known ? error.code : 'aborted',
    // An abort may come after the provider has begun to write.
    billable: known ? data['billable'] === true : true,
    status: typeof data['status'] === 'number' ? data['status'] : null,
    retryAfterMs: typeof data['retryAfterMs'] === 'number' ? data['retryAfterMs'] : null,
  });
  throw error;
}

async function complete(
  deps: ReviewDeps,
  context: CallContext,
  call: string,
  answer: ModelAnswer,
): Promise<void> {
  await deps.actors.handle({
    kind: 'agent',
    actor: context.agent,
    commandId: `${call}/complete`,
    command: {
      type: 'completeCall',
      turn: context.turn,
      call,
      model: answer.model,
      finishReason: answer.finishReason,
      usage: answer.usage,
      latencyMs: Math.round(answer.latencyMs),
      answer: await deps.vault.sealBlob(context.thread, answer.text),
    },
  });
}

async function settle(
  deps: ReviewDeps,
  context: CallContext,
  call: string,
  model: string,
  usage: ModelAnswer['usage'],
): Promise<void> {
  const ledger = await deps.actors.state('budget', context.budget);
  // A hold that expired meanwhile was charged in full; there is nothing left to settle.
  if (!ledger?.context.holds[call]) return;
  await deps.actors.handle({
    kind: 'budget',
    actor: context.budget,
    commandId: `${call}/settle`,
    command: {
      type: 'settle',
      hold: call,
      reportedMicroUsd: usage && deps.gateway.cost(model, usage),
      usage,
      priceBook: deps.gateway.priceBook.hash,
    },
  });
}

type CallEnd = {
  reason: string;
  billable: boolean;
  status?: number | null;
  retryAfterMs?: number | null;
};

// Money first: if the process dies in between, the call is still open and is ended again.
async function endCall(
  deps: ReviewDeps,
  context: CallContext,
  call: string,
  end: CallEnd,
): Promise<void> {
  const { reason, billable, status = null, retryAfterMs = null } = end;
  await deps.actors.handle({
    kind: 'budget',
    actor: context.budget,
    commandId: `${call}/end`,
    command: billable
      ? { type: 'charge', hold: call, reason: reason === 'interrupted' ? reason : 'failed' }
      : { type: 'release', hold: call, reason },
  });
  await deps.actors.handle({
    kind: 'agent',
    actor: context.agent,
    commandId: `${call}/fail`,
    command: { type: 'failCall', turn: context.turn, call, reason, billable, status, retryAfterMs },
  });
}

/**
 * Holds the worst case of an attempt and returns the id of the call, which is the id of its hold. When the
 * holds of others are in the way it waits for them, within bounds.
 */
async function hold(
  deps: ReviewDeps,
  context: CallContext,
  model: string,
  attemptNumber: number,
  amountMicroUsd: number,
  signal: AbortSignal,
): Promise<string> {
  const base = `${context.turn}/call/${attemptNumber}`;
  for (let tries = 0; ; tries++) {
    const call = tries === 0 ? base : `${base}.${tries}`;
    const { events, repeated } = await deps.actors.handle({
      kind: 'budget',
      actor: context.budget,
      commandId: `${call}/hold`,
      command: {
        type: 'hold',
        hold: call,
        scopes: context.scopes,
        amountMicroUsd,
        expiresInMs: deps.holdMs,
        thread: context.thread,
        agent: context.agent,
        model,
        priceBook: deps.gateway.priceBook.hash,
      },
    });
    const event = events[0]?.event;
    if (event?.type === 'budget.held' && (await isOpen(deps, context.budget, call))) return call;
    // Repeated: an outcome from before a restart, whose hold or refusal is a thing of the past.
    if (event?.type !== 'budget.refused' || repeated) continue;
    const room = event.scopes.map(
      ({ scope, limitMicroUsd, spentMicroUsd, heldMicroUsd }) =>
        `${scope}: ${limitMicroUsd - spentMicroUsd - heldMicroUsd}`,
    );
    const message = `a call of up to ${amountMicroUsd} micro-dollars does not fit (${room.join(', ')})`;
    if (event.refusal === 'neverFits') throw new Refusal('BUDGET_NEVER_FITS', message);
    if (tries >= transientTriesMax) throw new Refusal('BUDGET_TRANSIENT', message);
    await wait(transientDelayMs * 2 ** tries, signal);
  }
}

async function isOpen(deps: ReviewDeps, budget: string, id: string): Promise<boolean> {
  const ledger = await deps.actors.state('budget', budget);
  return ledger?.context.holds[id] !== undefined;
}
