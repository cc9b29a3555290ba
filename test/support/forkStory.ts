import { sha256Hex, threadAddress, type EventOf, type Recorded } from '../../events/index.ts';
import type { MemoryLogs } from './memoryLogs.ts';

/** Forks a thread of logs in memory as a node would record it; returns the address of the fork. */
export function tellFork(
  logs: MemoryLogs,
  { from, length, task }: { from: string; length: number; task: string },
): string {
  const origin = logs.all().filter(({ meta }) => meta.actor === from);
  const [first] = origin;
  if (first?.event.type !== 'thread.opened') throw new TypeError(`${from} was not opened`);
  const { project } = first.event;
  const thread = threadAddress(project, task);
  const copies = origin.slice(1, length).flatMap(threadFact);
  const escalation = copies.findLast(({ type }) => type === 'thread.escalated');
  logs.append(
    thread,
    {
      type: 'thread.forked',
      project,
      task,
      origin: { thread: from, log: logs.keyOf(from), length, root: sha256Hex('root') },
      subject: from,
      model: 'other',
      by: 'dana',
    },
    ...copies,
    {
      type: 'thread.fork.started',
      deadlineAt: '2027-01-01T00:00:00.000Z',
      escalation: escalation?.type === 'thread.escalated' ? escalation.escalation : null,
    },
  );
  return thread;
}

function threadFact({ event }: Recorded): EventOf<'thread'>[] {
  return isOfThread(event) ? [event] : [];
}

function isOfThread(event: Recorded['event']): event is EventOf<'thread'> {
  return event.type.startsWith('thread.');
}
