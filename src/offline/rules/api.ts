import { declarationOf, isInternal, type Declaration } from '../code/declarations.ts';
import type { Hit, Rule } from './rule.ts';

/** What others use was taken away or asks for more, and no document of the change says so. */
export const apiChange: Rule = {
  kind: 'api-change',
  family: 'structure',
  also: ['documentation'],
  severity: 'medium',
  confidencePct: 78,
  suggestion:
    'Keep the old form beside the new one for a release, or name the change in the changelog.',
  find: (source, change) => {
    if (isInternal(source, '')) return [];
    const now = new Map<string, { declared: Declaration; at: number }>();
    source.lines.forEach(({ code }, at) => {
      const declared = declarationOf(source.language, code);
      if (declared !== null && !source.deleted) now.set(declared.name, { declared, at });
    });
    return source.removed.flatMap(({ text, at }): Hit[] => {
      const was = declarationOf(source.language, text);
      if (was === null || isInternal(source, was.name)) return [];
      if (change.documents.includes(was.name)) return [];
      const found = now.get(was.name);
      if (found !== undefined) {
        const problem = incompatible(was, found.declared);
        if (problem === null) return [];
        const title = `\`${was.name}\` asks its callers for something else`;
        return [
          {
            at: found.at,
            title,
            detail: `\`${was.name}\` ${problem}, and no document of the change says so: callers outside of it break.`,
          },
        ];
      }
      if (change.declaredNames.has(was.name)) return [];
      const last = source.lines.length - 1;
      const title = `\`${was.name}\` is gone`;
      const detail = `\`${was.name}\` could be used by others and is removed or renamed; no document of the change says so.`;
      return last < 0 ? [] : [{ at: Math.min(at, last), title, detail }];
    });
  },
};

/** How the new parameters break old calls; null when old calls still fit or it cannot be told. */
function incompatible(was: Declaration, is: Declaration): string | null {
  if (was.parameters === null || is.parameters === null) return null;
  const before = parameterNames(was.parameters);
  const after = parameterNames(is.parameters);
  if (after.length < before.length) return 'takes fewer arguments than before';
  const extra = after.slice(before.length).find(({ optional }) => !optional);
  if (extra !== undefined) return `now requires \`${extra.name}\``;
  const tightened = before.find(({ optional }, i) => optional && after[i]?.optional === false);
  return tightened === undefined ? null : `no longer accepts a call without \`${tightened.name}\``;
}

function parameterNames(list: string): { name: string; optional: boolean }[] {
  const flat = list.replaceAll(/\{[^{}]*\}|\([^()]*\)|<[^<>]*>|\[[^[\]]*\]/g, '_');
  return flat
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '' && each !== '*' && each !== '/')
    .map((each) => ({
      name: /^[.*]*([\w$]+)/.exec(each)?.[1] ?? each,
      optional: /^[.*]|\?|=/.test(each),
    }));
}
