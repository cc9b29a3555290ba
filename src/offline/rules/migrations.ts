import type { Source } from '../code/source.ts';
import type { Hit, Rule } from './rule.ts';

const losses: readonly [pattern: RegExp, title: string, detail: string][] = [
  [
    /\bDROP\s+TABLE\s+(?:IF\s+EXISTS\s+)?["`]?([\w.]+)/i,
    'The table `$` is dropped',
    'The rows of `$` are gone with this statement, and a roll-back of the code does not bring them back.',
  ],
  [
    /\bDROP\s+COLUMN\s+(?:IF\s+EXISTS\s+)?["`]?([\w.]+)/i,
    'The column `$` is dropped',
    'What `$` holds is gone with this statement, and the version that still runs while this one is rolled out reads it.',
  ],
  [
    /\bADD\s+(?:COLUMN\s+)?(?:IF\s+NOT\s+EXISTS\s+)?["`]?(\w+)["`]?\s+(?!.*\bDEFAULT\b)(?!.*\bGENERATED\b).*\bNOT\s+NULL\b/i,
    'The column `$` is required from the first moment',
    'On a table with rows the statement fails, and the version that still runs does not know `$` and cannot insert.',
  ],
  [
    /\bTRUNCATE\s+(?:TABLE\s+)?["`]?([\w.]+)/i,
    'The table `$` is emptied',
    'The rows of `$` are gone with this statement.',
  ],
  [
    /^\s*DELETE\s+FROM\s+["`]?([\w.]+)["`]?\s*;/i,
    'All rows of `$` are deleted',
    'The statement has no WHERE: nothing of `$` is left.',
  ],
];

export const destructiveMigration: Rule = {
  kind: 'destructive-migration',
  family: 'structure',
  also: ['correctness'],
  severity: 'high',
  confidencePct: 84,
  suggestion:
    'Go in steps: add and fill first, move the readers, and drop in a later release, with a backup at hand.',
  find: (source) => {
    if (source.language !== 'sql' || source.purpose === 'test' || isUndo(source.path)) return [];
    const created = createdTables(source);
    return source.lines.slice(0, undoneFrom(source)).flatMap(({ added, code }, at): Hit[] => {
      if (!added) return [];
      for (const [pattern, title, detail] of losses) {
        const name = pattern.exec(code)?.[1];
        if (name === undefined || created.has(name)) continue;
        return [{ at, title: title.replace('$', name), detail: detail.replaceAll('$', name) }];
      }
      return [];
    });
  },
};

function isUndo(path: string): boolean {
  return /[._-](?:down|undo|rollback)\.sql$|\/(?:down|rollback)\.sql$/i.test(path);
}

/** Where the part begins that takes the migration back, as the usual tools mark it. */
function undoneFrom(source: Source): number {
  const mark = /^--\s*(?:\+\w+\s+)?(?:migrate:)?down\b/i;
  const at = source.lines.findIndex(({ comment }) => mark.test(comment));
  return at < 0 ? source.lines.length : at;
}

/** A script that sets tables up from nothing drops what may be left of an earlier try. */
function createdTables(source: Source): Set<string> {
  const create = /\bCREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?["`]?([\w.]+)/i;
  return new Set(source.lines.flatMap(({ code }) => create.exec(code)?.[1] ?? []));
}
