import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { Refusal, Unavailable } from '../../../../events/index.ts';
import { ApiKey } from '../../../../src/llm/keys/apiKey.ts';
import {
  createProvider,
  type Api,
  type ProviderOptions,
} from '../../../../src/llm/provider/provider.ts';
import type { ModelRequest } from '../../../../src/ports.ts';
import { FakeProvider } from '../../../support/fakeProvider.ts';
import type { Step } from '../../../support/fakeProvider.ts';

/** One attempt at a fake server, and what came of it. */

export const apiKey = ['sk', 'proj', 'A1b2C3d4/E5f6+G7h8'].join('-');
export const apis: readonly Api[] = ['chat', 'responses'];
const never = new AbortController().signal;
export const request: ModelRequest = {
  model: 'gpt-5-mini',
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Say hello.' },
  ],
  maxTokens: 100,
};

export type Setting = Partial<ProviderOptions> & {
  signal?: AbortSignal;
  onText?: (text: string) => void;
  api?: Api;
  secret?: string;
};

export function ask(baseUrl: string, setting: Setting = {}, asked = request) {
  const { signal = never, onText, api = 'chat', secret = apiKey, ...options } = setting;
  const provider = createProvider({ name: 'fake', baseUrl, idleTimeoutMs: 60_000, ...options });
  const key = new ApiKey(secret, 'the key');
  return provider.attempt(asked, { signal, api, key, onText });
}

/** One attempt against a server that plays `step`, and what the server saw. */
export async function attempt(step: Step, setting?: Setting, asked?: ModelRequest) {
  await using fake = await FakeProvider.start(() => step);
  const [settled] = await Promise.allSettled([ask(fake.baseUrl, setting, asked)]);
  return { settled, fake };
}

export async function answerOf(step: Step, setting?: Setting, asked?: ModelRequest) {
  const { settled, fake } = await attempt(step, setting, asked);
  if (settled.status === 'rejected') throw settled.reason;
  return { answer: settled.value, fake };
}

export async function failureOf(step: Step, setting?: Setting): Promise<unknown> {
  const { settled, fake } = await attempt(step, setting);
  assert.equal(settled.status, 'rejected', 'the attempt succeeded');
  assert.equal(fake.seen.length, 1, 'one attempt is one request');
  return settled.reason;
}

export async function unavailableOf(step: Step, setting?: Setting): Promise<Unavailable> {
  const error = await failureOf(step, setting);
  assert.ok(error instanceof Unavailable, inspect(error));
  assert.equal(error.code, 'MODEL_UNAVAILABLE');
  return error;
}

export async function rejectedOf(step: Step, setting?: Setting): Promise<Refusal> {
  const error = await failureOf(step, setting);
  assert.ok(error instanceof Refusal, inspect(error));
  assert.equal(error.code, 'MODEL_REJECTED');
  return error;
}
