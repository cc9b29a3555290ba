import assert from 'node:assert/strict';
import { mock } from 'node:test';
// Bound before the timers are mocked, so it stays real.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Refusal, Unavailable } from '../../../../events/index.ts';
import { Admission, type Limits, type Permit } from '../../../../src/llm/limits/admission.ts';

/** Everything it takes to stand at the door of a server, in mocked time. */

const never = new AbortController().signal;
const none: Limits = { requestsPerMinute: null, tokensPerMinute: null, concurrency: 64 };
const clock = { nowMs: () => Date.now() };

export const doorTo = (limits: Partial<Limits> = {}) =>
  new Admission('fake', { key: 'a' }, { ...none, ...limits }, clock);

/** Lets time pass in steps that are fine enough for whatever waits. */
export async function pass(ms: number, stepMs = Math.max(1, ms / 200)): Promise<void> {
  for (let passed = 0; passed < ms; passed += stepMs) {
    await nextTurn();
    mock.timers.tick(Math.min(stepMs, ms - passed));
  }
  await nextTurn();
}

type Asked = { tokens?: number; thread?: string; model?: string; signal?: AbortSignal };

/** Enters, and notes when and for whom. */
export function enter(
  door: Admission,
  log: { at: number; who: string }[],
  who: string,
  asked: Asked = {},
) {
  const { tokens = 1, thread = who, model = 'm', signal = never } = asked;
  return door.enter({ model, tokens }, thread, signal).then((permit) => {
    log.push({ at: Date.now(), who });
    return permit;
  });
}

const used = (inputTokens: number) => ({ usage: { inputTokens, outputTokens: 0 } });
export const succeed = (permit: Permit, tokens = 1) => permit.run(async () => used(tokens));

export const failure = (status: number | null, retryAfterMs: number | null = null) =>
  new Unavailable('MODEL_UNAVAILABLE', `failed ${status}`, {
    data: { status, retryAfterMs, billable: true },
  });
export const rejected = (status: number) =>
  new Refusal('MODEL_REJECTED', `refused ${status}`, { data: { status } });

/** Makes a call that fails, and gives what the caller is told. */
export async function fail(permit: Permit, error: Error): Promise<Unavailable | Refusal> {
  const [outcome] = await Promise.allSettled([permit.run(() => Promise.reject(error))]);
  assert.ok(outcome.status === 'rejected');
  const reason: unknown = outcome.reason;
  assert.ok(reason instanceof Unavailable || reason instanceof Refusal);
  return reason;
}
