import { logicLines } from '../code/logic.ts';
import type { Rule } from './rule.ts';

/** Fewer lines of new logic than this need no test of their own. */
const logicLinesMin = 8;

/** One finding per change is enough: at the file with the most new logic. */
export const missingTest: Rule = {
  kind: 'missing-test',
  family: 'structure',
  also: ['correctness'],
  severity: 'medium',
  confidencePct: 70,
  suggestion: 'Add a test of the new behaviour, and of the way it fails.',
  find: (source, change) => {
    if (change.testsTouched || source !== change.mostLogic) return [];
    const logic = logicLines(source);
    const [first] = logic;
    if (first === undefined || logic.length < logicLinesMin) return [];
    const block = source.blocks.find(
      ({ kind, at }) => kind === 'function' && source.lines[at]?.added === true,
    );
    const detail = `${logic.length} lines of new logic in \`${source.path}\`, and no test was touched: nothing would notice if they broke tomorrow.`;
    const at = block?.at ?? source.lines.indexOf(first);
    return [{ at, title: 'The change comes without a test', detail }];
  },
};
