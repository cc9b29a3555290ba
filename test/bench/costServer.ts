import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { z } from 'zod';
import { FakeProvider } from '../support/fakeProvider.ts';

/** As many pieces of text as a review of some length has. */
const answer = 'Input is run as code: whoever writes it runs what they like. '.repeat(10);

/** A provider that answers at once, in a thread of its own, so that its work is not on anybody's bill. */
export async function startServer(): Promise<{ baseUrl: string; stop(): Promise<unknown> }> {
  const worker = new Worker(new URL(import.meta.url));
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  worker.once('message', resolve).once('error', reject);
  return { baseUrl: z.url().parse(await promise), stop: () => worker.terminate() };
}

if (!isMainThread) {
  const { baseUrl } = await FakeProvider.start(() => ({ text: answer }));
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(baseUrl);
}
