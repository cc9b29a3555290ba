import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { Refusal } from '../../events/index.ts';

/** The refusal of a value: where it stands, which one, what was expected. Never quotes the value. */
export function invalid(from: string, path: string, expected: string): Refusal {
  return new Refusal('ARGUMENT_INVALID', [from, path, expected].filter(Boolean).join(': '), {
    data: { from, path },
  });
}

/** The refusal of what did not fit a schema: its first issue. */
export function misfit(from: string, { issues: [issue] }: z.ZodError): Refusal {
  return issue
    ? invalid(from, issue.path.join('.'), expectedBy(issue))
    : invalid(from, '', 'cannot be used');
}

const typeNames: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'an object',
  record: 'an object',
  string: 'a text',
};

/** What was expected, in a few words. */
function expectedBy(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${typeNames[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `expected one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return isSized(issue.origin) ? 'must not be empty' : `expected at least ${issue.minimum}`;
    case 'too_big':
      return `expected at most ${issue.maximum}${isSized(issue.origin) ? ' of them' : ''}`;
    default:
      return issue.message;
  }
}

function isSized(origin: string): boolean {
  return origin === 'string' || origin === 'array';
}

/**
 * The JSON in a file; undefined when there is no such file. Refusal ARGUMENT_INVALID when it cannot be
 * read, with the place but without the text, which may hold what must not be shown.
 */
export async function readJson(path: string, shown: string): Promise<unknown> {
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    if (code === 'ENOENT') return undefined;
    throw invalid(shown, '', `cannot be read (${code})`);
  }
  try {
    return JSON.parse(content);
  } catch (error) {
    const [where = ''] = /line \d+ column \d+/.exec(String(error)) ?? [];
    throw invalid(shown, where, 'expected JSON');
  }
}
