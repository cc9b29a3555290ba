import { eachMatch, statementAt, type Source } from '../code/source.ts';
import { dynamicParts, type Part } from './dynamic.ts';
import type { Hit, Rule } from './rule.ts';

const kind = 'injection';
const statement =
  /^\s*(?:select\b[^]{1,2000}?\bfrom\b|insert\s+into\b|update\s+[\w."[\]]+\s+set\b|delete\s+from\b|where\s+\w|order\s+by\b|(?:drop|alter)\s+table\b)/i;

export const sqlInjection: Rule = {
  kind,
  family: 'security',
  also: ['structure'],
  severity: 'critical',
  confidencePct: 90,
  suggestion:
    'Pass the value as a bound parameter; take names of columns and tables from a fixed list.',
  find: (source) =>
    source.literals.flatMap((literal) => {
      if (!statement.test(literal.text) || source.purpose === 'test') return [];
      const part = dynamicParts(source, literal).find(chosenOutside);
      if (part === undefined) return [];
      const title = `The SQL text is built from \`${short(part.name)}\``;
      const detail = `\`${short(part.name)}\` becomes part of the statement: a value with a quote in it changes what the statement does.`;
      return [{ at: literal.at, endAt: literal.endAt, title, detail }];
    }),
};

const valuePlace =
  /(?:[=<>%|']|\b(?:like|ilike|limit|offset|between|and|or|not|where|having|order\s+by))\s*["']?$|\b(?:in|any|values)\s*\([^()]*$/i;
const fragment = /table|column|field|clause|fragment|where|condition|tuple|keys|names|\bsql\b/i;

/** Names of tables and columns, and whole clauses, are put together by the program itself; values are not. */
function chosenOutside({ name, before }: Part): boolean {
  if (/\b(?:req|request|ctx|params|query|body|input|args)\b\.?/.test(name)) return true;
  return valuePlace.test(before) && !fragment.test(name);
}

const shells: Partial<Record<Source['language'], RegExp>> = {
  ecma: /(?:(?<![\w$.])|\b(?:child_process|cp)\.)(exec|execSync|execAsync)\s*\(/,
  python:
    /\b(os\.system|os\.popen|subprocess\.(?:run|call|check_call|check_output|Popen|getoutput))\s*\(/,
  go: /\b(exec\.Command(?:Context)?)\s*\(/,
};

export const commandInjection: Rule = {
  kind,
  family: 'security',
  also: [],
  severity: 'critical',
  confidencePct: 88,
  suggestion: 'Call the program without a shell and pass the arguments as a list.',
  find: (source) => {
    const pattern = shells[source.language];
    const hits: Hit[] = [];
    if (pattern === undefined || source.purpose === 'test') return hits;
    eachMatch(source, pattern, (match, at) => {
      const { code, endAt } = statementAt(source, at);
      const call = match[1] ?? '';
      if (call.startsWith('subprocess') && !/shell\s*=\s*True|getoutput/.test(code)) return;
      if (call.startsWith('exec.') && !/["']-c["']/.test(source.lines[at]?.text ?? '')) return;
      const inside = source.literals.filter((each) => each.at >= at && each.at <= endAt);
      const part = inside.flatMap((literal) => dynamicParts(source, literal))[0];
      if (part === undefined) return;
      const name = short(part.name);
      const title = `\`${call}\` gets a shell command built from \`${name}\``;
      const detail = `The shell reads \`${name}\` too: a value with \`;\` or \`$(...)\` in it runs a command of its own.`;
      hits.push({ at, endAt, title, detail });
    });
    return hits;
  },
};

export const codeInjection: Rule = {
  kind,
  family: 'security',
  also: [],
  severity: 'high',
  confidencePct: 88,
  suggestion: 'Parse the data, or look the behaviour up in a table; do not run text as code.',
  find: (source) => {
    const pattern =
      source.language === 'ecma'
        ? /(?<![\w$.]|function\s)(eval|new\s+Function)\s*\(\s*([^\s)'"]?)/
        : source.language === 'python'
          ? /(?<![\w.]|def\s)(eval|exec)\s*\(\s*([^\s)'"]?)/
          : null;
    const hits: Hit[] = [];
    if (pattern === null || source.purpose === 'test') return hits;
    eachMatch(source, pattern, ([, call = '', first], at) => {
      if (first === '') return;
      const detail = `What reaches \`${call}\` runs with all rights of the process; one value from outside in it is enough.`;
      hits.push({ at, title: `\`${call}\` runs text as code`, detail });
    });
    return hits;
  },
};

const request =
  /\b(?:req|request|ctx|context)\.(?:params|query|body|args|form|files|GET|POST|path_params|request\.\w+)\b|\br\.(?:URL\.Query\(\)|FormValue|PathValue)/;
const fileCall =
  /\b(?:path\.join|join|resolve|os\.path\.join|filepath\.Join|Path|open|os\.Open|os\.ReadFile|readFile|readFileSync|writeFile|writeFileSync|createReadStream|createWriteStream|sendFile|send_file|unlink|unlinkSync|rm)\s*\(/;
const taken = /\b(?:const|let|var)?\s*\{?\s*([A-Za-z_$][\w$]*)[\w$,:\s]{0,120}\}?\s*:?=\s*/;

export const pathTraversal: Rule = {
  kind: 'path-traversal',
  family: 'security',
  also: [],
  severity: 'high',
  confidencePct: 82,
  suggestion:
    'Take the base name only, or resolve the path and check that it still lies under the folder it must stay in.',
  find: (source) => {
    const hits: Hit[] = [];
    if (source.purpose === 'test') return hits;
    const fromRequest = requestNames(source);
    eachMatch(source, fileCall, (match, at, line) => {
      const code = line.code.slice(match.index);
      if (/basename\(|secure_filename\(|filepath\.Base\(/.test(code)) return;
      const words = code.match(/[A-Za-z_$][\w$]*/g) ?? [];
      const name = request.exec(code)?.[0] ?? words.find((word) => fromRequest.has(word));
      if (name === undefined) return;
      const title = `A path is built from \`${name}\` of the request`;
      const detail = `\`${name}\` may contain \`../\`: the caller then chooses any file the process can reach.`;
      hits.push({ at, title, detail });
    });
    return hits;
  },
};

/** Names assigned from a request and checked by nothing the change shows. */
function requestNames(source: Source): Set<string> {
  const names = new Set<string>();
  for (const { code } of source.lines) {
    const from = request.exec(code);
    const name = from === null ? undefined : taken.exec(code.slice(0, from.index))?.[1];
    if (name !== undefined && !/basename|secure_filename/i.test(code)) names.add(name);
  }
  for (const { code } of source.lines) {
    if (!/\.test\(|\.match\(|basename\(|startsWith\(|startswith\(|\.includes\(|\.has\(/.test(code))
      continue;
    for (const word of code.match(/[A-Za-z_$][\w$]*/g) ?? []) names.delete(word);
  }
  return names;
}

function short(part: string): string {
  return part.length > 60 ? `${part.slice(0, 57)}...` : part;
}
