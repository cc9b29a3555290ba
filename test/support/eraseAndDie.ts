import { loadConfig } from '../../src/config/index.ts';
import { openNode } from '../../src/node.ts';

/** A process that erases a subject and kills itself at the end of a step: DATA SUBJECT STEP. */
const [data = '', subject = '', last = ''] = process.argv.slice(2);
const config = await loadConfig({ flags: { data, project: 'shop' }, env: {}, cwd: data });
const node = await openNode(config);
await node.erase(
  { subject, reason: 'asked to', by: 'Ann' },
  {
    onProgress: ({ step, done, total }) => {
      if (step === last && done === total) process.kill(process.pid, 'SIGKILL');
    },
  },
);
