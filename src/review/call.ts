import { Refusal, sha256Hex, Unavailable, type BlobRef } from '../../events/index.ts';
import type { ModelAnswer, ModelRequest } from '../ports.ts';
import type { ReviewDeps } from './deps.ts';
import { endCall, endInterrupted, hold, settle, settleAnswered, turnOf } from './payment.ts';
import type { PaidTurn } from './payment.ts';

/** A call within a turn of an agent: who asks, on whose budget, for which thread. */
export type CallContext = PaidTurn & {
  readonly scopes: readonly string[];
  /** Why this model. */
  readonly choice: string;
};

export type CallAnswer = { readonly text: string; readonly finishReason: string };

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
  const recorded = await recordedAnswer(deps, context);
  if (recorded) return recorded;
  await endInterrupted(deps, context);
  const sealed = await deps.vault.sealBlob(context.thread, JSON.stringify(request));
  return deps.gateway.retry(() => attempt(deps, context, request, sealed, signal), signal);
}

// The process died between the answer and the statements made of it: the answer is in the log.
async function recordedAnswer(deps: ReviewDeps, context: CallContext): Promise<CallAnswer | null> {
  const { answered } = await turnOf(deps, context);
  if (!answered) return null;
  const { answer, finishReason } = await settleAnswered(deps, context, answered);
  const text = await deps.vault.openBlob(context.thread, answer);
  if (text === null) {
    throw new Refusal('BODY_UNREADABLE', `the answer of ${answered} was erased`);
  }
  return { text, finishReason };
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
      requestHash: sha256Hex(JSON.stringify(request)),
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
    retryAfterMs: wholeMs(data['retryAfterMs']),
  });
  throw error;
}

// A provider may ask for any number; an event holds those that JSON keeps exactly.
function wholeMs(delayMs: unknown): number | null {
  return typeof delayMs === 'number' ? Math.min(delayMs, Number.MAX_SAFE_INTEGER) : null;
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
