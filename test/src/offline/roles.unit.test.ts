import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { bookOf } from '../../../src/offline/books.ts';
import { roleSchema } from '../../../src/shared/prompt/index.ts';
import { roleNames } from './support.ts';

const folder = `${import.meta.dirname}/../../../src/review/roles`;
const roles = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => ({
    name,
    json: JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as unknown,
  }));

/** Room for the role in a prompt: a longer one costs in each turn of each review. */
const promptCharsMax = 2000;

describe('the role files', () => {
  it('are those of the four standard roles', () => {
    assert.deepEqual(
      roles.map(({ name }) => name).toSorted(),
      roleNames.map((name) => `${name}.json`).toSorted(),
    );
  });

  for (const { name, json } of roles)
    it(`${name} fits the schema, is short, and is named after its file`, () => {
      const role = roleSchema.parse(json);
      assert.equal(`${role.name}.json`, name);
      assert.ok(role.prompt.length <= promptCharsMax, String(role.prompt.length));
    });

  it('each have a book of their own in the offline model, with things to object to', () => {
    const books = roleNames.map((name) => bookOf(name, ''));
    const families = books.flatMap((book) => book.families);
    assert.equal(new Set(families).size, families.length);
    for (const book of books) assert.ok(book.objections.length > 0, book.role);
  });
});
