import { Refusal } from '../../events/index.ts';
import type { ReviewDeps } from '../../src/review/deps.ts';
import { proceed } from '../../src/review/perform.ts';
import { raiseCap } from '../../src/review/raise.ts';
import { endSilence } from '../../src/review/silence.ts';
import type { Dice } from '../support/dice.ts';
import type { Wait } from './disk.ts';

/** What a person does who is asked: decides, gives more money, or says nothing until it is too late. */
export async function answer(
  deps: ReviewDeps,
  thread: string,
  dice: Dice,
  wait: Wait,
): Promise<void> {
  const escalation = (await deps.actors.state('thread', thread))?.context.escalation;
  if (!escalation || escalation.verdict) return proceed(deps, thread);
  const choice = dice.one('decide', 'raise', 'silence');
  if (choice === 'silence') {
    // Somebody else has to let the time pass.
    await wait('silence');
    return endSilence(deps, thread);
  }
  if (choice === 'raise' && (await raise(deps, thread, escalation.escalation, dice))) return;
  await deps.actors.handle({
    kind: 'thread',
    actor: thread,
    commandId: `resolve/${escalation.escalation}`,
    command: {
      type: 'resolveEscalation',
      escalation: escalation.escalation,
      verdict: dice.one('approved', 'changes_requested'),
      by: 'Ann',
      note: 'because',
      thread,
    },
  });
  await proceed(deps, thread);
}

async function raise(
  deps: ReviewDeps,
  thread: string,
  escalation: number,
  dice: Dice,
): Promise<boolean> {
  const task = thread.slice(thread.lastIndexOf(':') + 1);
  const scope = `task:${task}`;
  const limitMicroUsd = dice.whole(3000, 9000);
  try {
    const raised = { escalation, scope, limitMicroUsd, deadlineMs: 600_000, by: 'Ann' };
    await raiseCap(deps, thread, raised);
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}
