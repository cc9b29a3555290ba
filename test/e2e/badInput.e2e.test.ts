import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { placeFor, type Place, type RunOptions } from './support/place.ts';
import { change } from './support/team.ts';

const files = {
  'change.diff': change,
  'junk.bin': '\u0000\u0001\u0002PNG\u0000',
  'words.txt': 'Dear all,\nthis is no diff.\n',
  'merge.diff': 'diff --cc a.txt\nindex 1,2..3\n--- a/a.txt\n+++ b/a.txt\n@@@ -1,1 -1,1 +1,1 @@@\n',
  'folder/file.txt': 'x',
  'broken.json': '{ "project": ',
  'secret.json': { llm: { apiKey: 'sk-in-a-file' } },
  'typo.json': { polcy: { rule: 'majority' } },
  'wide.json': { roles: ['reviewer', 'nobody'] },
  'veto.json': { policy: { vetoRoles: ['nobody'] } },
  'role.json': { roleFiles: ['words.txt'] },
};

const cutOff = change.split('\n').slice(0, -2).join('\n');

type Case = readonly [
  what: string,
  args: readonly string[],
  says: RegExp,
  options?: RunOptions & { readonly raw?: true },
];

const ofReview: readonly Case[] = [
  ['no change at all', [], /name one change: --base .* --diff/],
  ['two changes', ['--base', 'HEAD', '--diff', 'change.diff'], /name one change/],
  ['empty standard input', ['--diff', '-'], /there is nothing; give the output of git diff/],
  ['blank standard input', ['--diff', '-'], /there is nothing/, { input: '\n \n' }],
  ['text that is no diff', ['--diff', 'words.txt'], /no change in unified format/],
  ['binary junk', ['--diff', 'junk.bin'], /NUL bytes/],
  [
    'random bytes',
    ['--diff', '-'],
    /DIFF_INVALID/,
    { input: Uint8Array.from({ length: 999 }, noise) },
  ],
  ['a diff of a merge', ['--diff', 'merge.diff'], /a merge has two old sides/],
  ['a diff that was cut off', ['--diff', '-'], /DIFF_INVALID/, { input: cutOff }],
  ['a diff without end', ['--diff', '-'], /over \d+ bytes; split/, { input: 'x'.repeat(34e6) }],
  ['a directory', ['--diff', 'folder'], /folder is a directory/],
  ['a file that is not there', ['--diff', 'nowhere.diff'], /there is no file nowhere\.diff/],
  ['a folder without git', ['--base', 'main'], /not in a git repository; pass a diff/],
  ['an unknown role', given('--roles', 'reviewer,nobody'), /no role is called "nobody"; known are/],
  ['an unknown role in a file', given('--config', 'wide.json'), /no role is called "nobody"/],
  ['a veto of an unknown role', given('--config', 'veto.json'), /no role is called "nobody"/],
  ['a role file that is none', given('--config', 'role.json'), /words\.txt: .*expected JSON/],
  [
    'a model without a price',
    given('--model', 'gpt-unheard-of'),
    /no price is known for the model "gpt-unheard-of".*llm\.prices/,
    { env: { OPENAI_API_KEY: 'test' } },
  ],
  [
    'a URL that is none',
    given(),
    /OPENAI_BASE_URL: llm\.baseUrl: expected an http or https URL/,
    { env: { OPENAI_BASE_URL: 'localhost:1' } },
  ],
  [
    'a configuration that is no JSON',
    given('--config', 'broken.json'),
    /broken\.json: .*expected JSON/,
  ],
  ['a secret in a file', given('--config', 'secret.json'), /does not belong in a file: set OPENAI/],
  ['a setting with a slip', given('--config', 'typo.json'), /unknown key "polcy"; known here: /],
  ['a configuration that is not there', given('--config', 'none.json'), /no file none\.json/],
  ['an unknown rule', given('--rule', 'dice'), /expected one of majority, .*unanimity/],
  ['a budget that is no number', given('--budget', 'much'), /--budget: .*expected dollars/],
  ['a task that cannot be an address', given('--task', 'pr 42'), /--task.*letters, digits/],
  ['an unknown format', given('--format', 'pdf'), /Allowed choices are text, md, json, sarif/],
  ['an unknown option', given('--fast'), /unknown option '--fast'/],
  ['an output that is a directory', given('--out', 'folder'), /cannot write folder: it is a dir/],
  ['an output in no directory', given('--out', 'none/r.json'), /cannot write none\/r\.json/],
  ['data below a file', given('--data', 'words.txt/data'), /data directory .* cannot be written/],
  ['nothing to go on with', ['--resume'], /there are no logs in .*\.bzzz; name a data directory/],
  ['going on with what is no address', ['--resume', 'pr-42'], /"pr-42" is not an address/],
  ['going on with another change', given('--resume'), /--resume and --diff exclude each other/],
];

const ofOthers: readonly Case[] = [
  ['an unknown command', ['reveiw'], /unknown command 'reveiw' \(Did you mean review\?\)/],
  ['no logs to read', ['thread', 'ls'], /there are no logs in /],
  ['no logs to audit', ['audit', 'verify'], /there are no logs in /],
  ['an answer where nothing was asked', resolve('--by', 'Ann'), /there are no logs in /],
  ['an answer by nobody', resolve('--by', ' '), /--by .*Expected a name/],
  ['an answer without a name', resolve(), /required option '--by <name>' not specified/],
  ['a limit on nothing', ['budget', 'set', 'pr-42', '5', '--by', 'Ann'], /Expected KIND:NAME/],
  ['a limit of no number', ['budget', 'set', 'task:pr-42', '-', '--by', 'Ann'], /Expected dollars/],
  ['a time that is none', ['cost', '--since', 'yesterday'], /Expected a time, such as /],
];

function given(...args: string[]): string[] {
  return ['--diff', 'change.diff', ...args];
}

function resolve(...args: string[]): string[] {
  return ['escalation', 'resolve', 'bzzz://*:*@x:y', '--decision', 'approved', ...args];
}

function noise(_: unknown, index: number): number {
  return (index * 7919 + 131) % 256;
}

async function assertRefused(place: Place, [what, args, says, options]: Case): Promise<void> {
  const before = await place.files();
  const { code, out, err } = await place.bzzz(args, options);
  assert.match(err, /^bzzz: [^\n]+\n$/, `${what}: one line, not ${JSON.stringify(err)}`);
  assert.match(err, says, what);
  assert.deepEqual([code, out], [2, ''], what);
  assert.deepEqual(await place.files(), before, `${what}: nothing is written`);
}

describe('bad input', { concurrency: 2 }, () => {
  for (const [what, args, ...rest] of ofReview)
    it(`of a review is refused in one line, and nothing is written: ${what}`, async (t) =>
      assertRefused(await placeFor(t, files), [what, ['review', ...args], ...rest]));

  for (const refused of ofOthers)
    it(`is refused in one line, and nothing is written: ${refused[0]}`, async (t) =>
      assertRefused(await placeFor(t, files), refused));
});
