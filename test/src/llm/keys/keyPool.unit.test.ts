import assert from 'node:assert/strict';
import { chmod, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { inspect } from 'node:util';
import { Refusal } from '../../../../events/index.ts';
import { ApiKey } from '../../../../src/llm/keys/apiKey.ts';
import { KeyPool } from '../../../../src/llm/keys/keyPool.ts';

const refused = new Refusal('MODEL_REJECTED', 'the key is wrong');

/** A pool on a file, with a clock that stands still until it is told to go on. */
async function poolOn(t: TestContext, content: string, mode = 0o600) {
  const folder = await mkdtemp(join(tmpdir(), 'bzzz-keys-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'keys');
  await writeFile(file, content, { mode });
  let nowMs = 0;
  const open = () => new KeyPool({ file }, 'fake', { nowMs: () => nowMs });
  return { file, open, pass: (ms: number) => (nowMs += ms) };
}

const textsOf = (pool: KeyPool, model = 'm') => pool.usable(model).map((key) => key.reveal());

function first(pool: KeyPool): ApiKey {
  const [key] = pool.usable('m');
  assert.ok(key);
  return key;
}

describe('a key', () => {
  it('is shown by nothing', () => {
    const key = new ApiKey('secret-text', 'the key');
    const shown = [
      inspect(key, { showHidden: true, depth: 9 }),
      JSON.stringify({ key }),
      key.toString(),
    ];
    for (const text of shown) assert.doesNotMatch(text, /secret-text/);
  });

  for (const text of ['two words', 'line\n', 'ümlaut', 'tab\t'])
    it(`is refused as ${JSON.stringify(text)} without being repeated`, () => {
      assert.throws(
        () => new ApiKey(text, 'the API key of fake'),
        (error) =>
          error instanceof Refusal &&
          error.code === 'ARGUMENT_INVALID' &&
          error.message.startsWith('the API key of fake has') &&
          !inspect(error).includes(text),
      );
    });
});

describe('a pool of keys', () => {
  it('gives the least recently used first', async (t) => {
    const { open } = await poolOn(t, 'a\nb\nc\n');
    const pool = open();
    const used: string[] = [];
    for (let turn = 0; turn < 6; turn += 1) {
      const key = first(pool);
      used.push(key.reveal());
      pool.used(key);
    }
    assert.deepEqual(used, ['a', 'b', 'c', 'a', 'b', 'c']);
  });

  it('leaves out a key in quarantine, for one model or for all', async (t) => {
    const { open } = await poolOn(t, 'a\nb\n');
    const pool = open();
    assert.equal(pool.quarantine(first(pool), refused, 'm', false), true);
    assert.deepEqual(textsOf(pool), ['b']);
    assert.deepEqual(textsOf(pool, 'other'), ['a', 'b']);
    assert.equal(pool.quarantine(first(pool), refused, 'm', true), false);
    assert.throws(() => pool.usable('m'), refused);
    assert.deepEqual(textsOf(pool, 'other'), ['a']);
  });

  it('of one key that is no file has the Refusal for good', () => {
    const pool = new KeyPool({ key: 'a' }, 'fake', { nowMs: () => 0 });
    pool.quarantine(first(pool), refused, 'm', true);
    assert.throws(() => pool.usable('m'), refused);
    assert.equal(pool.lookAgainMs, null);
  });

  it('shows no key, whoever looks at it', async (t) => {
    const { open } = await poolOn(t, 'secret-a\nsecret-b\n');
    const pool = open();
    const shown = inspect(pool, { showHidden: true, depth: 9 }) + JSON.stringify(pool);
    assert.doesNotMatch(shown, /secret/);
  });
});

describe('a file of keys', () => {
  it('may have comments, blank lines, blanks around and keys twice', async (t) => {
    const { open } = await poolOn(t, '# ours\r\n\n  a  \r\n#b\nc\na\n');
    assert.deepEqual(textsOf(open()), ['a', 'c']);
  });

  it('is read again when it has changed, and looked at once a second at most', async (t) => {
    const { open, file, pass } = await poolOn(t, 'a\n');
    const pool = open();
    await writeFile(file, 'b\n');
    assert.deepEqual(textsOf(pool), ['a']);
    pass(999);
    assert.deepEqual(textsOf(pool), ['a']);
    pass(1);
    assert.deepEqual(textsOf(pool), ['b']);
  });

  it('lifts every quarantine when it changes, and keeps the keys that stay', async (t) => {
    const { open, file, pass } = await poolOn(t, 'a\nb\n');
    const pool = open();
    const a = first(pool);
    pool.quarantine(a, refused, 'm', true);
    pass(5000);
    assert.deepEqual(textsOf(pool), ['b']);
    await writeFile(file, 'a\nc\n');
    pass(1000);
    assert.deepEqual(textsOf(pool), ['a', 'c']);
    assert.ok(pool.usable('m').includes(a));
  });

  it('may be replaced by another', async (t) => {
    const { open, file, pass } = await poolOn(t, 'a\n');
    const pool = open();
    await writeFile(`${file}.new`, 'b\n', { mode: 0o600 });
    await rename(`${file}.new`, file);
    pass(1000);
    assert.deepEqual(textsOf(pool), ['b']);
  });

  it('keeps its keys while it is being written', async (t) => {
    const { open, file, pass } = await poolOn(t, 'a\n');
    const pool = open();
    await truncate(file);
    pass(1000);
    assert.deepEqual(textsOf(pool), ['a']);
    await rm(file);
    pass(1000);
    assert.deepEqual(textsOf(pool), ['a']);
    await writeFile(file, 'b\n', { mode: 0o600 });
    pass(1000);
    assert.deepEqual(textsOf(pool), ['b']);
  });

  const unusable: Record<string, [string, number, RegExp]> = {
    'open to the group': ['a\n', 0o640, /chmod 600/],
    'open to all': ['a\n', 0o604, /chmod 600/],
    empty: ['# nothing yet\n\n', 0o600, /one key per line/],
    'holds a line that is no key': ['a\nb c\n', 0o600, /line 2 of the keys file/],
  };
  for (const [what, [content, mode, says]] of Object.entries(unusable))
    it(`is refused when it is ${what}`, async (t) => {
      const { open } = await poolOn(t, content, mode);
      assert.throws(open, (error) => error instanceof Refusal && says.test(error.message));
    });

  it('is refused when there is none', async (t) => {
    const { open, file } = await poolOn(t, 'a\n');
    await rm(file);
    assert.throws(open, { code: 'ARGUMENT_INVALID' });
  });

  it('is refused as soon as others may read it', async (t) => {
    const { open, file, pass } = await poolOn(t, 'a\n');
    const pool = open();
    await chmod(file, 0o644);
    pass(1000);
    assert.throws(() => pool.usable('m'), { code: 'ARGUMENT_INVALID' });
    assert.throws(() => pool.usable('m'), { code: 'ARGUMENT_INVALID' });
    await chmod(file, 0o600);
    assert.deepEqual(textsOf(pool), ['a']);
  });
});
