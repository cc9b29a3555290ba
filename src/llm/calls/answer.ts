import { Refusal } from '../../../events/index.ts';
import type { ModelRequest, PaidTurn } from '../../ports.ts';
import { turnOf, type CallDeps } from './deps.ts';
import { completedCall, settle } from './payment.ts';

/** How much of an answer that could not be used is shown to the model again, in characters. */
const shownLengthMax = 4000;

/** What became of the calls of a turn so far. */
export type Standing<T> =
  | { readonly kind: 'usable'; readonly value: T }
  /** Nothing was answered yet. */
  | { readonly kind: 'none' }
  /** The answer was recorded and rejected; `text` is what it was, null when it was erased. */
  | { readonly kind: 'rejected'; readonly text: string | null };

/**
 * The recorded answer of a turn, settled and read. One that cannot be used is recorded as rejected, and may
 * be mended once. Throws Refusal MODEL_ANSWER_INVALID when the second cannot be used either, or the model
 * declined to answer, BODY_UNREADABLE when the text was erased.
 */
export async function standingOf<T>(
  deps: CallDeps,
  turn: PaidTurn,
  read: (text: string) => T,
): Promise<Standing<T>> {
  const { answered, rejected } = await turnOf(deps, turn);
  if (!answered) {
    if (rejected === undefined) return { kind: 'none' };
    return { kind: 'rejected', text: await textOf(deps, turn, rejected) };
  }
  const completed = await completedCall(deps, turn, answered);
  await settle(deps, turn, answered, completed);
  const text = await textOf(deps, turn, answered);
  if (text === null) throw new Refusal('BODY_UNREADABLE', `the answer of ${answered} was erased`);
  try {
    requireWhole(completed.finishReason);
    return { kind: 'usable', value: read(text) };
  } catch (error) {
    if (!isInvalid(error)) throw error;
    if (rejected !== undefined || error.data['final'] === true) throw error;
    await reject(deps, turn, answered, error);
    return { kind: 'rejected', text };
  }
}

async function textOf(deps: CallDeps, turn: PaidTurn, call: string): Promise<string | null> {
  const { answer } = await completedCall(deps, turn, call);
  return deps.vault.openBlob(turn.thread, answer);
}

function requireWhole(finishReason: string): void {
  if (finishReason === 'stop') return;
  throw new Refusal(
    'MODEL_ANSWER_INVALID',
    `the answer ended with ${finishReason}, not with its end`,
    // A model that declined will decline again.
    { data: { final: finishReason !== 'length' } },
  );
}

function isInvalid(error: unknown): error is Refusal {
  return error instanceof Refusal && error.code === 'MODEL_ANSWER_INVALID';
}

async function reject(deps: CallDeps, turn: PaidTurn, call: string, error: Refusal): Promise<void> {
  await deps.actors.handle({
    kind: 'agent',
    actor: turn.agent,
    commandId: `${call}/reject`,
    command: { type: 'rejectAnswer', turn: turn.turn, call, reason: error.code },
  });
}

/** The same request, with the answer that could not be used and the wish for one that can. */
export function mending(request: ModelRequest, text: string | null): ModelRequest {
  const shown = (text ?? '').slice(0, shownLengthMax).toWellFormed();
  return {
    ...request,
    messages: [
      ...request.messages,
      { role: 'assistant', content: shown === '' ? '(no text)' : shown },
      {
        role: 'user',
        content:
          'That answer cannot be used: it is not complete JSON that fits the schema. Answer again, ' +
          'briefly, with JSON that fits the schema and nothing else.',
      },
    ],
  };
}
