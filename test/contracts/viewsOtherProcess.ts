import { once } from 'node:events';
import { MemoryLogs } from '../support/memoryLogs.ts';
import { tellReview } from '../support/reviewStory.ts';
import { openSmall } from './viewsEngine.ts';

/** The logs that two processes read at the same time: the same in both. */
export function sharedLogs(): MemoryLogs {
  const logs = new MemoryLogs();
  for (const task of ['a', 'b', 'c', 'd', 'e', 'f'])
    tellReview(logs, { project: 'p', task, agents: ['ann', 'bob'], findingsEach: 2 });
  return logs;
}

// Run as a program: says when it is ready, begins when told to, catches up once.
if (import.meta.main) {
  const views = await openSmall(process.argv[2] ?? '', { batchEvents: 3 });
  process.send?.('ready');
  await once(process, 'message');
  await views.catchUp(sharedLogs());
  await views.close();
  process.disconnect();
}
