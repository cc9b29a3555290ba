import type { ThreadWork } from '../../actors/index.ts';
import { Refusal } from '../../events/index.ts';
import { wait } from '../shared/abort.ts';
import type { ReviewDeps } from './deps.ts';
import { takeTurn } from './turn.ts';

/** Does what a thread waits for: a turn, its own next step, a deadline. */
export async function performWork(
  deps: ReviewDeps,
  thread: string,
  work: ThreadWork,
  signal: AbortSignal,
): Promise<void> {
  switch (work.kind) {
    case 'turn':
      return takeTurn(deps, thread, work, signal);
    case 'proceed':
      return proceed(deps, thread);
    case 'deadline':
      await wait(Date.parse(work.at) - deps.clock.nowMs(), signal);
      await deps.actors.handle({
        kind: 'thread',
        actor: thread,
        commandId: `deadline/${work.deadline}/${work.at}`,
        command: { type: 'passDeadline', deadline: work.deadline },
      });
  }
}

async function proceed(deps: ReviewDeps, thread: string): Promise<void> {
  const version = (await deps.actors.state('thread', thread))?.version ?? 0;
  try {
    await deps.actors.handle({
      kind: 'thread',
      actor: thread,
      commandId: `proceed/${version}`,
      command: { type: 'proceed' },
      expectedVersion: version,
    });
  } catch (error) {
    // Somebody spoke meanwhile: what follows now is for the next look to say.
    if (!(error instanceof Refusal && error.code === 'VERSION_CONFLICT')) throw error;
  }
}
