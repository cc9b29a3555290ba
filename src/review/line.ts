import type { Actors } from '../ports.ts';

/** A thread whose history is part of another one's. */
export type Ancestor = {
  readonly thread: string;
  /** Events of it that are. */
  readonly length: number;
  /** Rounds of voting and discussion that were over by then. */
  readonly rounds: number;
};

/** Where a thread comes from: what it was forked from, then what that was forked from; most often nothing. */
export async function ancestorsOf(
  { actors }: { readonly actors: Pick<Actors, 'state'> },
  thread: string,
): Promise<Ancestor[]> {
  const line: Ancestor[] = [];
  for (let at = thread; ;) {
    const fork = (await actors.state('thread', at))?.context.fork;
    if (!fork) return line;
    at = fork.origin.thread;
    line.push({ thread: at, length: fork.origin.length, rounds: fork.round - 1 });
  }
}
