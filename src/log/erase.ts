import { Corrupt, Refusal } from '../../events/index.ts';
import type { LogReader } from '../ports.ts';
import type { Erasure, Erasures } from '../shared/erasures.ts';
import { TextRefs } from '../shared/textRefs.ts';
import type { Eraser } from './eraser.ts';

/** Whose texts are to go, why, and who answers for it. */
export type EraseRequest = {
  readonly subject: string;
  readonly reason: string;
  readonly by: string;
};

/** What is being done, in this order. */
export type EraseStep =
  | 'read'
  | 'record'
  | 'key'
  | 'maps'
  | 'texts'
  | 'snapshots'
  | 'views'
  | 'compact';

export type EraseOptions = {
  /** Heard until the erasure is recorded: from there on it is finished, now or at the next start. */
  readonly signal?: AbortSignal;
  /** Called as a step goes on, and at its end with `done` equal to `total`. */
  readonly onProgress?: (progress: { step: EraseStep; done: number; total: number }) => void;
};

/** What an erasure works on. */
export type EraseWork = {
  readonly eraser: Eraser;
  readonly erasures: Erasures;
  readonly reader: LogReader;
  /** Records erasures in the node's log; they are on disk when this resolves. */
  record(erasure: Omit<Erasure, 'seq' | 'at'>): Promise<Erasure>;
  /** Removes what is kept of the folded state of an actor. */
  forgetSnapshot(actor: string): Promise<void>;
  /** Makes the views anew without texts that were erased, and leaves none of the old bytes. */
  purgeViews(onProgress: (progress: { done: number; total: number }) => void): Promise<void>;
};

export type Erased = {
  /** As recorded. */
  readonly erasure: Erasure;
  /** Texts that cannot be read any more, the large ones among them. */
  readonly texts: number;
  /** True when there was nothing left to erase since that erasure. */
  readonly repeated: boolean;
};

/** Hashes in one event: an event may have some megabytes. */
const hashesPerEvent = 20_000;

/**
 * Erases the texts of a subject: records the fact, then destroys the key, and takes away what was sealed with
 * it. Throws Refusal NOT_FOUND for a subject without texts, Corrupt LOG_CORRUPT where a log cannot be
 * believed, and the signal's reason, all before anything is recorded. What is interrupted later is gone on with by `finishErasures`.
 */
export async function erase(
  work: EraseWork,
  { subject, reason, by }: EraseRequest,
  options: EraseOptions = {},
): Promise<Erased> {
  const key = await work.eraser.fingerprint(subject);
  const { texts, blobs } = await collect(work, subject, options);
  const before = work.erasures.of(subject);
  if (key === null && texts === 0 && !before) {
    throw new Refusal(
      'NOT_FOUND',
      `no text of ${subject} is here; subjects are threads and agents: bzzz thread ls, bzzz agent ls`,
    );
  }
  if (before && key === null && texts === 0) {
    await finish(work, [before], options);
    return { erasure: before, texts, repeated: true };
  }
  options.signal?.throwIfAborted();
  const recorded: Erasure[] = [];
  do {
    const from = recorded.length * hashesPerEvent;
    const some = blobs.slice(from, from + hashesPerEvent);
    const erasure = await work.record({ subject, reason, by, key, blobs: some });
    work.erasures.add(erasure);
    recorded.push(erasure);
  } while (recorded.length * hashesPerEvent < blobs.length);
  options.onProgress?.({ step: 'record', done: recorded.length, total: recorded.length });
  await finish(work, recorded, options);
  const [erasure] = recorded;
  if (!erasure) throw new TypeError('an erasure that was not recorded');
  return { erasure, texts, repeated: false };
}

/** Finishes what was recorded and interrupted, and destroys keys that have come back; returns how many. */
export async function finishErasures(work: EraseWork, options: EraseOptions = {}): Promise<number> {
  const unfinished = await work.eraser.unfinished(work.erasures.all);
  if (unfinished.length > 0) await finish(work, unfinished, options);
  return unfinished.length;
}

/** Every text that is sealed for a subject and was not erased before. */
async function collect(
  { reader, eraser, erasures }: EraseWork,
  subject: string,
  { signal, onProgress }: EraseOptions,
): Promise<{ texts: number; blobs: string[] }> {
  const logs = await reader.logs();
  const doubtful = logs.find((log) => log.doubtful);
  if (doubtful) {
    throw new Corrupt(
      'LOG_CORRUPT',
      `the log of ${doubtful.actor} was changed, so not every text can be found; run bzzz audit verify`,
    );
  }
  const total = logs.reduce((sum, { length }) => sum + length, 0);
  const own = new Set<string>();
  const referred = new Set<string>();
  let [texts, done] = [0, 0];
  for (const { log, length } of logs) {
    const refs = new TextRefs();
    for await (const recorded of reader.events(log, 0, length)) {
      const { body, meta } = recorded;
      if (body && 'box' in body && body.subject === subject && !erasures.covers(body, meta.at)) {
        texts++;
      }
      for (const { ref, subject: whose } of refs.of(recorded)) {
        referred.add(ref.hash);
        if (whose === subject) own.add(ref.hash);
      }
      if (++done % progressEvery === 0) {
        signal?.throwIfAborted();
        onProgress?.({ step: 'read', done, total });
      }
    }
  }
  // Sealed by a process that did not live to refer to it: only the key knows whose it is.
  for (const hash of await eraser.hashes()) {
    if (!referred.has(hash) && (await eraser.owns(subject, { hash, bytes: 0 }))) own.add(hash);
  }
  signal?.throwIfAborted();
  onProgress?.({ step: 'read', done: total, total });
  const gone = new Set(
    erasures.all.flatMap(({ subject: whose, blobs }) => (whose === subject ? blobs : [])),
  );
  const blobs = [...own].filter((hash) => !gone.has(hash));
  return { texts: texts + blobs.length, blobs };
}
const progressEvery = 5000;

async function finish(
  work: EraseWork,
  erasures: readonly Erasure[],
  { onProgress }: EraseOptions,
): Promise<void> {
  const { eraser } = work;
  const total = erasures.length;
  const each = async (step: EraseStep, act: (erasure: Erasure) => Promise<void>): Promise<void> => {
    for (const [index, erasure] of erasures.entries()) {
      await act(erasure);
      onProgress?.({ step, done: index + 1, total });
    }
  };
  await each('key', (erasure) => eraser.destroyKey(erasure));
  await each('maps', (erasure) => eraser.destroyMaps(erasure));
  await each('texts', (erasure) => eraser.clearTexts(erasure));
  await each('snapshots', ({ subject }) => work.forgetSnapshot(subject));
  await work.purgeViews((progress) => onProgress?.({ step: 'views', ...progress }));
  await eraser.compact();
  onProgress?.({ step: 'compact', done: 1, total: 1 });
  await eraser.finish(Math.max(...work.erasures.all.map(({ seq }) => seq)));
}
