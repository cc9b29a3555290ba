import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { Refusal } from '../../../../events/index.ts';
import { createProvider } from '../../../../src/llm/provider/provider.ts';
import { FakeProvider } from '../../../support/fakeProvider.ts';
import type { Step } from '../../../support/fakeProvider.ts';
import { apiKey, ask, failureOf, rejectedOf, unavailableOf } from './asking.ts';

describe('a status other than 200', () => {
  for (const status of [400, 401, 403, 404, 413, 422])
    it(`${status} is a refusal and not retried`, async () => {
      const { data } = await rejectedOf({ status });
      assert.deepEqual(data, { status, requestId: 'req_0' });
    });

  for (const [status, billable] of [
    [408, true],
    [409, false],
    [429, false],
    [500, false],
    [502, true],
    [503, false],
    [504, true],
  ] as const)
    it(`${status} is worth a retry and ${billable ? 'may be' : 'is not'} billed`, async () => {
      const { data } = await unavailableOf({ status });
      assert.deepEqual(data, { status, retryAfterMs: null, billable, requestId: 'req_0' });
    });

  it('says what to do about a wrong key', async () => {
    assert.match((await rejectedOf({ status: 401 })).message, /check the API key$/);
  });

  it('takes an exhausted quota for a refusal, unless it says when to come back', async () => {
    const body = { error: { message: 'You exceeded your quota', code: 'insufficient_quota' } };
    assert.match((await rejectedOf({ status: 429, body })).message, /raise the quota/);
    const { data } = await unavailableOf({ status: 429, body, headers: { 'retry-after': '60' } });
    assert.equal(data['retryAfterMs'], 60_000);
  });

  it('obeys the verdict of the server on retries', async () => {
    await rejectedOf({ status: 503, headers: { 'x-should-retry': 'false' } });
    await unavailableOf({ status: 400, headers: { 'x-should-retry': 'true' } });
  });

  const date = 'Mon, 23 Nov 2026 10:00:00 GMT';
  const waits: Record<string, [Record<string, string>, number | null]> = {
    seconds: [{ 'retry-after': '1' }, 1000],
    'a fraction of a second': [{ 'retry-after': '0.25' }, 250],
    'more than the minute at which the client gives up': [{ 'retry-after': '120' }, 120_000],
    'a month': [{ 'retry-after': '2592000' }, 2_592_000_000],
    milliseconds: [{ 'retry-after-ms': '50', 'retry-after': '9' }, 50],
    'a date': [{ date, 'retry-after': 'Mon, 23 Nov 2026 10:02:00 GMT' }, 120_000],
    'a date in the past': [{ date, 'retry-after': 'Mon, 23 Nov 2026 09:00:00 GMT' }, 0],
    nonsense: [{ 'retry-after': 'soon' }, null],
  };
  for (const [what, [headers, retryAfterMs]] of Object.entries(waits))
    it(`names the wait when Retry-After is ${what}`, async () => {
      const { data } = await unavailableOf({ status: 429, headers });
      assert.equal(data['retryAfterMs'], retryAfterMs);
    });
});

const unreachable = (why: string) => ({
  code: 'MODEL_UNAVAILABLE',
  message: `fake cannot be reached (${why})`,
  data: { status: null, retryAfterMs: null, billable: false, requestId: null },
});

describe('a server that cannot be reached', () => {
  it('is worth a retry and not billed', async () => {
    const fake = await FakeProvider.start();
    const { baseUrl } = fake;
    await fake.close();
    await assert.rejects(ask(baseUrl), unreachable('ECONNREFUSED'));
  });

  it('is at a port that no HTTP client calls, too', async () => {
    await assert.rejects(ask('http://127.0.0.1:9/v1'), unreachable('bad port'));
  });
});

describe('the API key', () => {
  const echo = `Incorrect API key provided: ${apiKey} (${encodeURIComponent(apiKey)}), ask for sk-live-0123456789`;
  const echoes: Record<string, Step> = {
    'in the body of a refusal': { status: 401, body: { error: { message: echo } } },
    'in a body that is not JSON': { status: 500, body: echo },
    'in a header': { status: 429, headers: { 'x-request-id': apiKey } },
    'in the middle of a stream': { fault: { kind: 'error', afterChunks: 1, message: echo } },
    'across the place where a long text is cut': {
      status: 400,
      body: { error: { message: 'x'.repeat(285) + apiKey } },
    },
  };
  for (const [where, step] of Object.entries(echoes))
    it(`is in no error when the server echoes it ${where}`, async () => {
      const error = await failureOf(step);
      assert.ok(error instanceof Error);
      assert.equal(error.cause, undefined);
      const shown = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error);
      for (const secret of ['A1b2C3d4', 'G7h8', '0123456789'])
        assert.ok(!shown.includes(secret), shown);
    });

  it('keeps control characters of the server off the terminal', async () => {
    const body = { error: { message: 'a\u001B[2Jb\r\nc' } };
    assert.equal(
      (await rejectedOf({ status: 400, body })).message,
      'fake refused the request: 400 a [2Jb c',
    );
  });
});

describe('the base URL', () => {
  for (const baseUrl of ['localhost:11434', 'ftp://host/v1', 'http://user:secret@host/v1', ''])
    it(`is refused as '${baseUrl}' without being repeated`, () => {
      const create = () => createProvider({ name: 'fake', baseUrl, idleTimeoutMs: 1 });
      assert.throws(
        create,
        (error) =>
          error instanceof Refusal &&
          error.code === 'ARGUMENT_INVALID' &&
          !error.message.includes('secret'),
      );
    });
});
