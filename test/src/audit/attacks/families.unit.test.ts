import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bytes } from './bytes.ts';
import { honestHistories } from './honest.ts';
import { money } from './money.ts';
import { signatures } from './signatures.ts';
import { story } from './story.ts';
import { structure } from './structure.ts';
import { tails } from './tails.ts';

const classes = [bytes, signatures, structure, story, money, tails].flatMap((family) => [
  ...family.classes,
]);

/** What an auditor is told that it finds. */
const promised = [
  'a changed block',
  'a changed block with rewritten tree and roots',
  'a rewritten signature with a foreign key',
  'truncate and re-append (fork)',
  'an honest append after a forgery (laundering)',
  'a removed actor log',
  'a reordered event',
  'a replayed event',
  'a lawful-looking event that the machine refuses',
  'a vote counted that the agent never signed',
  'a consensus with a false tally',
  'a settlement with another price',
  'a deleted tail',
  'all logs cut to an older state',
];

describe('the attacks', () => {
  it('are as many as is promised, each of several variants, on as many honest histories', () => {
    const made = classes.reduce((sum, { variants }) => sum + variants, 0);
    assert.ok(made >= 800, `${made} attacks`);
    for (const { name, variants } of classes) assert.ok(variants >= 4, name);
    assert.equal(new Set(classes.map(({ name }) => name)).size, classes.length);
    assert.ok(honestHistories >= 500);
  });

  it('are of every kind that is promised', () => {
    const names = new Set(classes.map(({ name }) => name));
    for (const name of promised) assert.ok(names.has(name), name);
  });
});
