import { withTempDir } from '../support/testNode.ts';
import { compare, type Bench } from './harness.ts';
import { runProcess, runProgram } from './program.ts';

/** What a user waits for before anything happens. */
export const start: Bench = {
  name: 'start',
  about: 'bzzz --version, whole process; bare: Node.js that does nothing',
  run: (size) =>
    withTempDir(async (dir) => [
      await compare(
        size,
        { name: 'bzzz --version', unit: 'ms' },
        {
          ours: () => runProgram(['--version'], dir),
          bare: () => runProcess(process.execPath, ['--eval', ''], dir),
        },
      ),
    ]),
};
