import type { EventOf } from '../../events/index.ts';
import type { ThreadContext } from './context.ts';

type Started = Extract<EventOf<'thread'>, { type: 'thread.fork.started' }>;

/**
 * A fork starts while its review is undecided. Where that comes in the log is the auditor's question: a fork of
 * a fork holds the start of its origin too.
 */
export function mayStartFork(
  { fork, review, verdict, escalation }: ThreadContext,
  event: Started,
): boolean {
  const isAnswered = escalation !== null && escalation.verdict !== null;
  return (
    fork !== undefined &&
    review !== null &&
    verdict === null &&
    !isAnswered &&
    event.escalation === (escalation?.escalation ?? null)
  );
}

/** What was short of time in the origin has the time of the fork. */
export function startFork({
  context: { fork, review, escalation, round },
  event: { deadlineAt },
}: {
  context: ThreadContext;
  event: Started;
}): Partial<ThreadContext> {
  return {
    passed: [],
    review: review && { ...review, deadlineAt },
    escalation: escalation && { ...escalation, deadlineAt },
    ...(fork && { fork: { ...fork, round } }),
  };
}
