import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StreamedAnswer } from '../../../src/llm/answer.ts';

const delta = (content: string, finishReason: string | null = null) => ({
  choices: [{ delta: { content }, finish_reason: finishReason }],
});
const usage = { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 };

function answerTo(...chunks: readonly unknown[]) {
  const answer = new StreamedAnswer('fake', { model: 'm', messages: [], maxTokens: 10 });
  for (const chunk of chunks) answer.add(chunk);
  return answer.finish(5);
}

describe('a streamed answer', () => {
  it('gives back what each chunk brought', () => {
    const answer = new StreamedAnswer('fake', { model: 'm', messages: [], maxTokens: 10 });
    assert.equal(answer.add(delta('one ')), 'one ');
    assert.equal(answer.add(delta('two', 'stop')), 'two');
    assert.equal(answer.add({ choices: [], usage }), '');
    assert.equal(answer.finish(5).text, 'one two');
  });

  it('takes usage from the chunk that gives the reason, or a later one', () => {
    const expected = { inputTokens: 10, cachedInputTokens: 0, outputTokens: 2, reasoningTokens: 0 };
    assert.deepEqual(answerTo({ ...delta('hi', 'stop'), usage }).usage, expected);
    assert.deepEqual(answerTo(delta('hi', 'stop'), { usage }).usage, expected);
  });

  it('does not take usage that was reported on the way', () => {
    assert.equal(answerTo({ ...delta('hi'), usage }, delta('', 'stop')).usage, null);
    assert.equal(
      answerTo({ ...delta('hi'), usage }, { ...delta('', 'stop'), usage: null }).usage,
      null,
    );
  });

  it('keeps the name that the provider gives the model', () => {
    assert.equal(answerTo({ ...delta('hi', 'stop'), model: 'm-2026-08-07' }).model, 'm-2026-08-07');
    assert.equal(answerTo(delta('hi', 'stop')).model, 'm');
  });

  it('tells a refusal of the model from an answer', () => {
    const { text, finishReason } = answerTo(
      { choices: [{ delta: { refusal: 'I would rather ' } }] },
      { choices: [{ delta: { refusal: 'not.' }, finish_reason: 'stop' }] },
    );
    assert.deepEqual(
      { text, finishReason },
      { text: 'I would rather not.', finishReason: 'refusal' },
    );
  });
});
