import { passDeadline, proceed, type StepDeps } from './perform.ts';
import { rememberReview } from './remember.ts';

/**
 * Ends an escalation that nobody answered in time: the deadline passes and the default of the policy
 * holds. Does nothing for a thread that waits for nobody, or still has time.
 */
export async function endSilence(deps: StepDeps, thread: string): Promise<void> {
  const asked = (await deps.actors.state('thread', thread))?.context.escalation;
  if (!asked || asked.verdict || Date.parse(asked.deadlineAt) > deps.clock.nowMs()) return;
  await passDeadline(deps, thread, { deadline: 'escalation', at: asked.deadlineAt });
  await proceed(deps, thread);
  await rememberReview(deps, thread);
}
