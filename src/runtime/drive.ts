import { thread as threadType, type ThreadWork } from '../../actors/index.ts';
import { Superseded } from '../shared/abort.ts';
import type { ActorHost } from './host.ts';

/** Does one piece of work of a thread, and stops when the signal says so. */
export type Performer = (thread: string, work: ThreadWork, signal: AbortSignal) => Promise<void>;

export type DriveInit = {
  readonly host: ActorHost;
  /** Address of the thread. */
  readonly thread: string;
  readonly perform: Performer;
  readonly signal: AbortSignal;
};

type Job = { readonly stop: AbortController; readonly done: Promise<void> };

/**
 * Keeps a thread going: starts what is due, stops what no longer is, until the thread waits for nothing but
 * a deadline. What is due is read off the state each time, so going on after a crash is the same as going
 * on. Throws what a performer throws, after stopping the others.
 */
export async function drive(init: DriveInit): Promise<void> {
  const jobs = new Map<string, Job>();
  const ended = new Map<string, number>();
  const failures: Error[] = [];
  let change = Promise.withResolvers<void>();
  const notice = () => change.resolve();
  const unsubscribe = init.host.subscribe((events) => {
    if (events.some(({ meta }) => meta.actor === init.thread)) notice();
  });
  init.signal.addEventListener('abort', notice);

  const start = (work: ThreadWork): void => {
    const stop = new AbortController();
    const signal = AbortSignal.any([init.signal, stop.signal]);
    const done = init
      .perform(init.thread, work, signal)
      .catch((error: unknown) => {
        if (!stop.signal.aborted) failures.push(asError(error));
      })
      .finally(() => {
        jobs.delete(work.id);
        notice();
      });
    jobs.set(work.id, { stop, done });
  };

  try {
    for (;;) {
      init.signal.throwIfAborted();
      change = Promise.withResolvers();
      const { due, version } = await dueIn(init);
      // A job may have failed meanwhile, and then it is no wonder that its work is still due.
      for (const failure of failures) throw failure;
      for (const [id, { stop }] of jobs) {
        if (!due.some((work) => work.id === id)) stop.abort(new Superseded(`${id} is not due`));
      }
      if (due.every(({ kind }) => kind === 'deadline')) return;
      for (const work of due) {
        if (jobs.has(work.id)) continue;
        if (ended.get(work.id) === version)
          throw new TypeError(`${work.id} ended and is still due`);
        ended.set(work.id, version);
        start(work);
      }
      await change.promise;
    }
  } finally {
    unsubscribe();
    init.signal.removeEventListener('abort', notice);
    // Not superseded: whatever is still due is gone on with by whoever drives the thread next.
    for (const { stop } of jobs.values()) stop.abort(new Error('the thread is not driven'));
    await Promise.all([...jobs.values()].map(({ done }) => done));
  }
}

async function dueIn({
  host,
  thread,
}: DriveInit): Promise<{ due: readonly ThreadWork[]; version: number }> {
  const state = await host.state('thread', thread);
  const snapshot = await host.snapshot('thread', thread);
  const due = threadType.due(snapshot);
  return { due, version: state?.version ?? 0 };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
