import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, describe, it } from 'node:test';
import { APIError, OpenAI } from 'openai';
import type { ChatCompletionChunk } from 'openai/resources/chat/completions';
import { z } from 'zod';
import { offlineModelId, startOfflineModel } from '../../../src/offline/index.ts';
import { answerSchemas, reviewAnswer, type AnswerName } from '../../../src/shared/prompt/index.ts';
import { fileChanges, promptOf } from './support.ts';

const files = fileChanges({ 'src/mail.ts': "const apiKey = 'k9f2c71d80b4e4a6fa1'; // größer" });
const messages = promptOf('bzzz_review', 'reviewer', files);
const bytes = messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);

const server = await startOfflineModel();
after(() => server.close());
const client = clientWith(server.apiKey);

function clientWith(apiKey: string): OpenAI {
  return new OpenAI({ baseURL: server.baseUrl, apiKey, maxRetries: 0, logLevel: 'off' });
}

/** A request for a turn, with the schema as the review sends it. */
function requestFor(name: AnswerName) {
  const schema = z.toJSONSchema(answerSchemas[name]);
  const format = { type: 'json_schema' as const, json_schema: { name, schema, strict: true } };
  return { model: offlineModelId, messages, response_format: format };
}

const isRefused = (status: number, code: string | null) => (error: unknown) => {
  assert.ok(error instanceof APIError);
  assert.deepEqual([error.status, error.code], [status, code]);
  assert.match(String(error.requestID), /^req_/);
  return true;
};

describe('the offline model through the openai client', () => {
  it('answers in one piece, and says what it is', async () => {
    const answer = await client.chat.completions.create(requestFor('bzzz_review'));
    const [choice] = answer.choices;
    const review = reviewAnswer.parse(JSON.parse(choice?.message.content ?? ''));
    assert.equal(answer.model, 'bzzz-offline');
    // oxlint-disable-next-line typescript/no-deprecated -- by OpenAI; it is where a server says what it is
    assert.match(answer.system_fingerprint ?? '', /offline/);
    assert.match(review.summary, /^Offline model \(rules, not a language model\): /);
    assert.deepEqual(
      review.findings.map(({ kind }) => kind),
      ['secret'],
    );
    assert.equal(choice?.finish_reason, 'stop');
    assert.match(answer._request_id ?? '', /^req_/);
  });

  it('streams the same answer in several pieces, with the usage last', async () => {
    const whole = await client.chat.completions.create(requestFor('bzzz_review'));
    const stream = await client.chat.completions.create({
      ...requestFor('bzzz_review'),
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks: ChatCompletionChunk[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    const text = chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');
    assert.equal(text, whole.choices[0]?.message.content);
    assert.ok(chunks.length >= 5, String(chunks.length));
    const last = chunks.at(-1);
    assert.deepEqual(last?.choices, []);
    assert.deepEqual(last?.usage, whole.usage);
    assert.equal(chunks.at(-2)?.choices[0]?.finish_reason, 'stop');
    assert.ok(chunks.slice(0, -1).every(({ usage }) => usage === null));
  });

  it('keeps the usage to itself when a stream does not ask for it', async () => {
    const stream = await client.chat.completions.create({
      ...requestFor('bzzz_review'),
      stream: true,
    });
    for await (const chunk of stream) {
      assert.equal(chunk.usage, undefined);
      assert.equal(chunk.choices.length, 1);
    }
  });

  it('counts a quarter of the bytes, rounded up', async () => {
    const { usage, choices } = await client.chat.completions.create(requestFor('bzzz_review'));
    const said = Buffer.byteLength(choices[0]?.message.content ?? '');
    assert.equal(usage?.prompt_tokens, Math.ceil(bytes / 4));
    assert.equal(usage.completion_tokens, Math.ceil(said / 4));
    assert.equal(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);
  });

  it('never counts more than the tokens it may say, and says when it was cut off', async () => {
    const answer = await client.chat.completions.create({
      ...requestFor('bzzz_review'),
      max_completion_tokens: 20,
    });
    assert.equal(answer.choices[0]?.finish_reason, 'length');
    assert.ok((answer.usage?.completion_tokens ?? 99) <= 20);
  });

  it('is briefer rather than cut off when that is enough', async () => {
    const answer = await client.chat.completions.create({
      ...requestFor('bzzz_review'),
      max_completion_tokens: 120,
    });
    assert.equal(answer.choices[0]?.finish_reason, 'stop');
    reviewAnswer.parse(JSON.parse(answer.choices[0]?.message.content ?? ''));
  });

  it('explains itself when it is asked to chat', async () => {
    const answer = await client.chat.completions.create({
      model: offlineModelId,
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello?' }] }],
    });
    assert.match(
      answer.choices[0]?.message.content ?? '',
      /^Offline model \(rules, not a language/,
    );
  });

  it('lists itself as the one model', async () => {
    const { data } = await client.models.list();
    assert.deepEqual(
      data.map(({ id }) => id),
      ['bzzz-offline'],
    );
    assert.equal((await client.models.retrieve(offlineModelId)).id, offlineModelId);
  });

  it('refuses whoever has not the key of this process', async () => {
    const request = requestFor('bzzz_review');
    const other = await startOfflineModel();
    await other.close();
    for (const key of ['wrong', other.apiKey, `${server.apiKey}x`])
      await assert.rejects(
        clientWith(key).chat.completions.create(request),
        isRefused(401, 'invalid_api_key'),
      );
  });

  it('refuses what it is not and does not know, as the protocol words it', async () => {
    const request = requestFor('bzzz_review');
    const { create } = { create: client.chat.completions.create.bind(client.chat.completions) };
    await assert.rejects(create({ ...request, model: 'gpt-5' }), isRefused(404, 'model_not_found'));
    await assert.rejects(create({ ...request, messages: [] }), isRefused(400, 'invalid_value'));
    await assert.rejects(create({ ...request, n: 3 }), isRefused(400, 'invalid_value'));
    const json_schema = { name: 'poem', schema: {} };
    const format = { type: 'json_schema' as const, json_schema };
    await assert.rejects(
      create({ ...request, response_format: format }),
      isRefused(400, 'invalid_value'),
    );
    await assert.rejects(
      client.embeddings.create({ model: offlineModelId, input: 'a' }),
      isRefused(404, 'unknown_url'),
    );
  });
});

describe('the server of the offline model', () => {
  const url = `${server.baseUrl}/chat/completions`;
  const headers = { authorization: `Bearer ${server.apiKey}` };

  it('refuses a body that is not JSON', async () => {
    const response = await fetch(url, { method: 'POST', headers, body: '{' });
    assert.equal(response.status, 400);
  });

  it('refuses a body above its limit before reading it', async () => {
    const { port, hostname } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nauthorization: ${headers.authorization}\r\ncontent-length: 99999999\r\n\r\n`,
    );
    const answer = await new Promise<string>((resolve) => {
      socket.once('data', (data) => resolve(String(data)));
    });
    socket.destroy();
    assert.match(answer, /^HTTP\/1\.1 413 /);
  });

  it('survives a client that goes away in the middle of an answer', async () => {
    const stop = new AbortController();
    const body = JSON.stringify({ ...requestFor('bzzz_review'), stream: true });
    const response = await fetch(url, { method: 'POST', headers, body, signal: stop.signal });
    stop.abort();
    await assert.rejects(response.text());
    assert.equal((await client.models.list()).data.length, 1);
  });

  it('listens on the loopback interface only, on a port and with a key of its own', async () => {
    const other = await startOfflineModel();
    assert.equal(new URL(other.baseUrl).hostname, '127.0.0.1');
    assert.notEqual(other.baseUrl, server.baseUrl);
    assert.notEqual(other.apiKey, server.apiKey);
    await other.close();
    await other.close();
    await assert.rejects(fetch(other.baseUrl));
  });

  it('stops with the signal', async () => {
    const stop = new AbortController();
    const other = await startOfflineModel({ signal: stop.signal });
    stop.abort();
    await other.close();
    await assert.rejects(fetch(other.baseUrl));
    await assert.rejects(startOfflineModel({ signal: stop.signal }), { name: 'AbortError' });
  });
});
