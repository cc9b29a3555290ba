import type { Change } from '../code/change.ts';
import { eachMatch, statementAt, type Source } from '../code/source.ts';
import type { Hit, Rule } from './rule.ts';

const callStatement = /^\s*((?:[A-Za-z_$][\w$]*\s*\??\.\s*){0,4})#?([A-Za-z_$][\w$]*)\s*\(/;
const condition =
  /\b(?:if|while)\s*\(?\s*(?:!|not\s)?\s*((?:[A-Za-z_$][\w$]*\.){0,4})#?([A-Za-z_$][\w$]*)\(/;
const assignment =
  /\b(?:const|let|var)\s+([A-Za-z_$][\w$]*)\s*=\s*((?:[A-Za-z_$][\w$]*\.){0,4})#?([A-Za-z_$][\w$]*)\(/;

/** How far behind an assignment a use is looked for. */
const useLinesMax = 15;

export const missingAwait: Rule = {
  kind: 'missing-await',
  family: 'correctness',
  also: ['performance'],
  severity: 'high',
  confidencePct: 84,
  suggestion:
    'Await it; if it is meant to run on its own, say so with `void` and handle its rejection.',
  find: (source, change) => {
    if (source.language !== 'ecma' && source.language !== 'python') return [];
    return [
      ...floating(source, change),
      ...conditions(source, change),
      ...usedTooEarly(source, change),
    ];
  },
};

/** True when the change shows that the call gives a promise. */
function isAsync(source: Source, change: Change, receiver: string, name: string): boolean {
  const paths = change.asyncNames.get(name);
  if (paths === undefined || change.plainNames.has(name)) return false;
  const owner = receiver.replace(/[\s?]/g, '');
  if (owner === 'this.' || owner === 'self.') return paths.has(source.path);
  if (owner === '')
    return paths.has(source.path) || (imports(source, name) && leadsTo(source, change, paths));
  // A name as common as `save` may be somebody else's; one that says more is taken at its word.
  return /[a-z][A-Z]|_/.test(name);
}

function leadsTo(source: Source, change: Change, paths: ReadonlySet<string>): boolean {
  return change.links.get(source)?.some(({ target }) => paths.has(target.path)) === true;
}

function imports(source: Source, name: string): boolean {
  const word = new RegExp(`(?<![\\w$])${name.replaceAll('$', '\\$')}(?![\\w$])`);
  return source.lines.some(
    ({ code }) => /^\s*(?:import|from|export)\b/.test(code) && word.test(code),
  );
}

function floating(source: Source, change: Change): Hit[] {
  const hits: Hit[] = [];
  eachMatch(source, callStatement, ([, receiver = '', name = ''], at, line) => {
    if (!isAsync(source, change, receiver, name)) return;
    if (line.block?.kind === 'class' || !startsStatement(source, at)) return;
    const { code, endAt } = statementAt(source, at);
    // A declaration has a body, a handled promise a handler.
    if (/\)[^()]*\{\s*$/.test(line.code) || /\)\s*\??\.\s*\w+/.test(code)) return;
    hits.push({
      at,
      endAt,
      title: `\`${name}\` is not awaited`,
      detail: `\`${name}\` is async: the code goes on before it is done, and if it fails nobody hears of it.`,
    });
  });
  return hits;
}

function conditions(source: Source, change: Change): Hit[] {
  const hits: Hit[] = [];
  eachMatch(source, condition, ([, receiver = '', name = ''], at) => {
    if (!isAsync(source, change, receiver, name)) return;
    hits.push({
      at,
      title: `The promise of \`${name}\` is used as a condition`,
      detail: `\`${name}\` is async: what is tested is a promise, and a promise is always true.`,
      confidencePct: 90,
    });
  });
  return hits;
}

function usedTooEarly(source: Source, change: Change): Hit[] {
  const hits: Hit[] = [];
  if (source.language !== 'ecma') return hits;
  eachMatch(source, assignment, ([, variable = '', receiver = '', name = ''], at, line) => {
    if (!isAsync(source, change, receiver, name)) return;
    if (/\)\s*\.\s*\w+/.test(statementAt(source, at).code)) return;
    const word = variable.replaceAll('$', '\\$');
    const used = new RegExp(`(?<![\\w$.])${word}(?![\\w$])`);
    const later = source.lines.slice(at + 1, at + 1 + useLinesMax);
    const first = later.find(({ code, hunk }) => hunk === line.hunk && used.test(code));
    const tooEarly = new RegExp(
      `(?<![\\w$.])${word}\\??\\.(?!then\\b|catch\\b|finally\\b)\\w|\\(!?${word}\\)\\s*\\{?$`,
    );
    if (first === undefined || /\bawait\b/.test(first.code) || !tooEarly.test(first.code)) return;
    hits.push({
      at,
      title: `\`${variable}\` is a promise, not its value`,
      detail: `\`${name}\` is async and not awaited, so \`${variable}\` on line ${first.number} is a promise and its fields are undefined.`,
      confidencePct: 88,
    });
  });
  return hits;
}

/** False when the line only continues what the line before began. */
function startsStatement(source: Source, at: number): boolean {
  for (let before = at - 1; before >= 0; before -= 1) {
    const line = source.lines[before];
    if (line === undefined || line.hunk !== source.lines[at]?.hunk) return true;
    const code = line.code.trim();
    if (code !== '')
      return !/(?:=>|[=,(+\-*&|?[<>.\\]|\b(?:await|return|void|yield|new))$/.test(code);
  }
  return true;
}
