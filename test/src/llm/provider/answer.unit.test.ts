import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StreamedAnswer } from '../../../../src/llm/provider/answer.ts';
import { chat } from '../../../../src/llm/provider/chat.ts';
import { responses } from '../../../../src/llm/provider/responses.ts';

const delta = (content: string, finishReason: string | null = null) => ({
  choices: [{ delta: { content }, finish_reason: finishReason }],
});
const usage = { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 };
const expected = {
  inputTokens: 10,
  cachedInputTokens: 0,
  cacheWriteTokens: null,
  outputTokens: 2,
  reasoningTokens: 0,
};

const started = () => new StreamedAnswer('fake', { model: 'm', messages: [], maxTokens: 10 });

function answerTo(dialect: typeof chat, ...events: readonly unknown[]) {
  const answer = started();
  for (const event of events) answer.add(dialect.read(event));
  return answer.finish(5);
}
const chatAnswer = (...events: readonly unknown[]) => answerTo(chat, ...events);
const responsesAnswer = (...events: readonly unknown[]) => answerTo(responses, ...events);

describe('an answer streamed as chat completion', () => {
  it('gives back what each chunk brought', () => {
    const answer = started();
    assert.equal(answer.add(chat.read(delta('one '))), 'one ');
    assert.equal(answer.add(chat.read(delta('two', 'stop'))), 'two');
    assert.equal(answer.add(chat.read({ choices: [], usage })), '');
    assert.equal(answer.finish(5).text, 'one two');
  });

  it('takes usage from the chunk that gives the reason, or a later one', () => {
    assert.deepEqual(chatAnswer({ ...delta('hi', 'stop'), usage }).usage, expected);
    assert.deepEqual(chatAnswer(delta('hi', 'stop'), { usage }).usage, expected);
  });

  it('takes the last of counts that grow, and none that ends before the answer does', () => {
    const growing = (tokens: number) => ({
      ...usage,
      completion_tokens: tokens,
      total_tokens: 10 + tokens,
    });
    const counted = chatAnswer(
      { ...delta('hi'), usage: growing(1) },
      { ...delta('', 'stop'), usage: growing(2) },
      { choices: [], usage: growing(7) },
      { choices: [], usage: null },
    );
    assert.equal(counted.usage?.outputTokens, 7);
    assert.equal(chatAnswer({ ...delta('hi'), usage }, delta('', 'stop')).usage, null);
    const nullAtEnd = { ...delta('', 'stop'), usage: null };
    assert.equal(chatAnswer({ ...delta('hi'), usage }, nullAtEnd).usage, null);
  });

  it('does not fall back on an earlier count when the last one cannot be', () => {
    const absurd = { ...usage, prompt_tokens: -1 };
    assert.equal(chatAnswer({ ...delta('', 'stop'), usage }, { usage: absurd }).usage, null);
  });

  it('keeps the name that the provider gives the model', () => {
    assert.equal(
      chatAnswer({ ...delta('hi', 'stop'), model: 'm-2026-08-07' }).model,
      'm-2026-08-07',
    );
    assert.equal(chatAnswer(delta('hi', 'stop')).model, 'm');
  });

  const tiers = {
    default: 'standard',
    standard: 'standard',
    flex: 'flex',
    priority: 'priority',
    scale: null,
  };
  for (const [reported, tier] of Object.entries(tiers))
    it(`takes the tier ${reported} for ${tier}`, () => {
      const answer = chatAnswer(
        { ...delta('hi', 'stop'), service_tier: reported },
        { choices: [] },
      );
      assert.equal(answer.serviceTier, tier);
    });

  it('tells a refusal of the model from an answer', () => {
    const { text, finishReason } = chatAnswer(
      { choices: [{ delta: { refusal: 'I would rather ' } }] },
      { choices: [{ delta: { refusal: 'not.' }, finish_reason: 'stop' }] },
    );
    assert.deepEqual(
      { text, finishReason },
      { text: 'I would rather not.', finishReason: 'refusal' },
    );
  });
});

const said = (text: string) => ({ type: 'response.output_text.delta', delta: text });
const reported = { input_tokens: 10, output_tokens: 2, total_tokens: 12 };
const ended = (kind: string, rest: object = {}) => ({
  type: `response.${kind}`,
  response: { model: 'm-1', usage: reported, service_tier: 'flex', ...rest },
});

describe('an answer streamed by the Responses API', () => {
  it('is put together from its deltas, with usage, model and tier from the end', () => {
    const answer = responsesAnswer(
      { type: 'response.created', response: { usage: null, service_tier: 'auto' } },
      { type: 'response.reasoning_summary_text.delta', delta: 'hm' },
      said('one '),
      said('two'),
      { type: 'response.output_text.done', text: 'one two' },
      ended('completed'),
    );
    assert.deepEqual(answer, {
      text: 'one two',
      model: 'm-1',
      finishReason: 'stop',
      usage: expected,
      serviceTier: 'flex',
      latencyMs: 5,
      requestId: null,
    });
  });

  it('says why it is incomplete', () => {
    const incomplete = (reason: string) =>
      responsesAnswer(said('cut'), ended('incomplete', { incomplete_details: { reason } }));
    assert.equal(incomplete('max_output_tokens').finishReason, 'length');
    assert.equal(incomplete('content_filter').finishReason, 'content_filter');
    assert.equal(responsesAnswer(ended('incomplete')).finishReason, 'length');
    const byStatus = (status: string) => responsesAnswer(ended('completed', { status }));
    assert.equal(byStatus('completed').finishReason, 'stop');
    assert.equal(byStatus('incomplete').finishReason, 'length');
    assert.equal(byStatus('cancelled').finishReason, 'cancelled');
    assert.throws(() => byStatus('failed'), { code: 'MODEL_UNAVAILABLE' });
    assert.deepEqual(incomplete('max_output_tokens').usage, expected);
  });

  it('tells a refusal of the model from an answer', () => {
    const refusal = { type: 'response.refusal.delta', delta: 'No.' };
    const { text, finishReason } = responsesAnswer(refusal, ended('completed'));
    assert.deepEqual([text, finishReason], ['No.', 'refusal']);
  });

  it('has no usage when none is reported', () => {
    assert.equal(responsesAnswer(ended('completed', { usage: null })).usage, null);
    assert.equal(responsesAnswer(ended('completed', { usage: undefined })).usage, null);
  });

  for (const [code, expectedCode] of [
    ['server_error', 'MODEL_UNAVAILABLE'],
    ['rate_limit_exceeded', 'MODEL_UNAVAILABLE'],
    ['something_new', 'MODEL_UNAVAILABLE'],
    ['invalid_prompt', 'MODEL_REJECTED'],
  ] as const)
    it(`that fails with ${code} is ${expectedCode}, and may be billed`, () => {
      const error = { code, message: 'no' };
      assert.throws(
        () => responsesAnswer(said('a'), ended('failed', { error })),
        (thrown: unknown) =>
          thrown instanceof Error &&
          'code' in thrown &&
          'data' in thrown &&
          thrown.code === expectedCode &&
          JSON.stringify(thrown.data).includes('"billable":true'),
      );
      assert.throws(() => responsesAnswer({ type: 'error', ...error }), { code: expectedCode });
    });

  it('that is over the rate half way says so like a status would', () => {
    const error = { code: 'rate_limit_exceeded', message: 'slow down' };
    assert.throws(() => responsesAnswer(ended('failed', { error })), {
      data: { status: 429, retryAfterMs: null, billable: true, requestId: null },
    });
  });

  it('takes an event of the protocol that has the wrong shape for what it is', () => {
    assert.throws(() => responsesAnswer({ type: 'response.completed', response: 'none' }), {
      code: 'MODEL_UNAVAILABLE',
      message: 'fake sent something that is no event of its protocol',
    });
    assert.throws(() => responsesAnswer({ type: 'response.output_text.delta' }), {
      code: 'MODEL_UNAVAILABLE',
    });
  });
});
