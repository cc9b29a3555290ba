import type { Rule } from './rule.ts';

const functionLinesMax = 80;
const fileLinesMax = 500;
const growthLinesMax = 400;

export const oversizeFunction: Rule = {
  kind: 'oversize-function',
  family: 'structure',
  also: ['documentation'],
  severity: 'low',
  confidencePct: 72,
  suggestion: 'Split it along the steps that a reader would name.',
  find: (source) => {
    if (source.purpose !== 'source' && source.purpose !== 'script') return [];
    return source.blocks.flatMap(({ kind, closed, at, openAt, endAt, header }) => {
      const length = endAt - at + 1;
      if (kind !== 'function' || !closed || at < 0 || length <= functionLinesMax) return [];
      const added = source.lines.slice(at, endAt + 1).filter((line) => line.added).length;
      if (added < length * 0.6) return [];
      const name = nameOf(header);
      const detail = `\`${name}\` has ${length} lines: nobody holds that in the head at once, and no test reaches its parts alone.`;
      return [{ at, endAt: openAt, title: `\`${name}\` runs over ${length} lines`, detail }];
    });
  },
};

/** What a function is called, by the code in front of its body. */
function nameOf(header: string): string {
  const named =
    /\b(?:function\*?|def|fn)\s+([\w$]+)|\bfunc\s+(?:\([^()]*\)\s*)?(\w+)|\b(?:const|let|var)\s+([\w$]+)|([\w$#]+)\s*(?:<[^()]*>)?\(/.exec(
      header,
    );
  return named?.slice(1).find((name) => name !== undefined) ?? 'a function';
}

export const godFile: Rule = {
  kind: 'god-file',
  family: 'structure',
  also: ['documentation'],
  severity: 'low',
  confidencePct: 64,
  suggestion: 'Look for the second subject in it and give that a file of its own.',
  find: (source) => {
    const isCode = ['ecma', 'python', 'go', 'brace'].includes(source.language);
    if (!isCode || source.purpose !== 'source') return [];
    const at = source.lines.findIndex((line) => line.added);
    const added = source.lines.filter((line) => line.added).length;
    if (added <= (source.whole ? fileLinesMax : growthLinesMax)) return [];
    const verb = source.whole ? 'has' : 'grows by';
    const title = `\`${source.path}\` ${verb} ${added} lines`;
    return [{ at, title, detail: `${title}: a file that large is about more than one thing.` }];
  },
};
