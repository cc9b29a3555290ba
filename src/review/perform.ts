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
      await waitUntil(deps, Date.parse(work.at), signal);
      await passDeadline(deps, thread, work);
  }
}

/** What the steps of a thread itself need. */
export type StepDeps = Pick<ReviewDeps, 'actors' | 'clock'>;

/** Records that a deadline has passed. */
export async function passDeadline(
  { actors }: StepDeps,
  thread: string,
  { deadline, at }: Pick<Extract<ThreadWork, { kind: 'deadline' }>, 'deadline' | 'at'>,
): Promise<void> {
  await actors.handle({
    kind: 'thread',
    actor: thread,
    commandId: `deadline/${deadline}/${at}`,
    command: { type: 'passDeadline', deadline },
  });
}

// A timer may fire a little before the clock says so, and then the deadline has not passed yet.
async function waitUntil({ clock }: StepDeps, atMs: number, signal: AbortSignal): Promise<void> {
  for (let leftMs = atMs - clock.nowMs(); leftMs > 0; leftMs = atMs - clock.nowMs()) {
    await wait(leftMs, signal);
  }
}

/** Takes the step that follows from what a thread knows, if one does. */
export async function proceed(deps: StepDeps, thread: string): Promise<void> {
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
