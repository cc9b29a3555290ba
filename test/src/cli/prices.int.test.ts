import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { modelPrice } from '../../../events/index.ts';
import { bzzzIn } from '../../support/inProcess.ts';

const shape = z.object({
  version: z.string(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  unit: z.literal('micro-dollars per 1M tokens'),
  models: z.array(
    z.object({
      model: z.string(),
      price: modelPrice,
      effectiveFrom: z.string().nullable(),
      maxInputTokens: z.int().nullable(),
      maxOutputTokens: z.int().nullable(),
      overridden: z.boolean(),
    }),
  ),
});
const good = {
  input: '0.50',
  cachedInput: '0.05',
  output: '2',
  priority: { input: '1', output: '4' },
};

describe('the commands about prices', () => {
  let dir = '';
  const bzzz = (...args: string[]) => bzzzIn(dir, ...args);
  const configure = (prices: unknown): Promise<void> =>
    writeFile(join(dir, 'bzzz.json'), JSON.stringify({ project: 'shop', llm: { prices } }));

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'bzzz-prices-'));
  });
  after(() => rm(dir, { recursive: true, force: true }));

  it('show the shipped prices and those of the configuration, by tier', async () => {
    await configure({ 'llama-3.3': good, local: { free: true } });
    const { code, out, err } = await bzzz('prices', 'show');
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, /^price book \S+, USD per 1M tokens\nhash [0-9a-f]{64}\n/);
    assert.match(
      out,
      /^\$0\.50 +\$0\.05 +\$0\.50 +\$2\.00 +\$2\.00 +standard .* llama-3\.3 \(llm\.prices\)$/m,
    );
    assert.match(
      out,
      /^\$1\.00 +\$1\.00 +\$1\.00 +\$4\.00 +\$4\.00 +priority .* llama-3\.3 \(llm\.prices\)$/m,
    );
    assert.match(out, /^\$0\.00 .* free .* local \(llm\.prices\)$/m);
    assert.match(out, / standard, over \d+ in .* gpt-5\.4$/m);
  });

  it('show one model to programs, in whole micro-dollars, and refuse one without a price', async () => {
    await configure({ 'llama-3.3': good });
    const { out } = await bzzz('prices', 'show', '--model', 'llama-3.3', '--json');
    const { models, hash } = shape.parse(JSON.parse(out));
    const [listed, ...rest] = models;
    assert.deepEqual(rest, []);
    assert.equal(listed?.overridden, true);
    assert.deepEqual(listed.price.tiers.standard.base, {
      input: 500_000,
      cachedInput: 50_000,
      cacheWrite: 500_000,
      output: 2_000_000,
      reasoning: 2_000_000,
    });
    const all = shape.parse(JSON.parse((await bzzz('prices', 'show', '--json')).out));
    assert.equal(all.hash, hash);
    assert.equal(all.models.find(({ model }) => model === 'gpt-5.4')?.overridden, false);
    const { code, err } = await bzzz('prices', 'show', '--model', 'nobody');
    assert.equal(code, 2);
    assert.match(err, /^bzzz: no price is known for the model "nobody"[^\n]+\[MODEL_UNKNOWN\]\n$/);
  });

  it('have another hash when a price is another', async () => {
    const hashOf = async (prices: unknown) => {
      await configure(prices);
      return shape.parse(JSON.parse((await bzzz('prices', 'show', '--json')).out)).hash;
    };
    assert.notEqual(await hashOf({}), await hashOf({ 'llama-3.3': good }));
  });

  it('find nothing wrong with good prices, configured or in a file', async () => {
    await configure({ 'llama-3.3': good });
    assert.deepEqual(await bzzz('prices', 'lint'), {
      code: 0,
      out: 'no problem in llm.prices\n',
      err: '',
    });
    await writeFile(join(dir, 'prices.json'), JSON.stringify({ 'llama-3.3': good }));
    assert.equal((await bzzz('prices', 'lint', 'prices.json')).code, 0);
    assert.deepEqual(JSON.parse((await bzzz('prices', 'lint', 'prices.json', '--json')).out), {
      problems: [],
    });
    const shipped = join(import.meta.dirname, '../../../src/llm/prices.json');
    assert.equal((await bzzz('prices', 'lint', shipped)).code, 0);
  });

  it('put every problem on a line of its own, and exit with 2', async () => {
    const wrong = {
      swapped: { input: '5', output: '1' },
      cached: { input: '1', cachedInput: '2', output: '3' },
      'nothing\u001b[2J': { input: '0', output: '1' },
    };
    await configure(wrong);
    const found = await bzzz('prices', 'lint');
    const lines = found.out.trimEnd().split('\n');
    assert.equal(found.code, 2);
    assert.match(found.err, /^bzzz: \d problems in llm\.prices\n$/);
    assert.match(lines[0] ?? '', /^swapped: .*output cannot be cheaper than input \[output\]$/);
    assert.ok(lines.some((line) => line.endsWith('[cachedInput]')));
    assert.ok(lines.some((line) => line.startsWith('nothing\\u001b[2J: ')));
    await writeFile(join(dir, 'book.json'), JSON.stringify({ version: '1', models: wrong }));
    const { code, out } = await bzzz('prices', 'lint', 'book.json', '--json');
    const { problems } = z
      .object({ problems: z.array(z.object({ model: z.string().nullable(), rule: z.string() })) })
      .parse(JSON.parse(out));
    assert.equal(code, 2);
    assert.ok(
      problems.every(({ model, rule }) => model === null && rule === 'shape'),
      out,
    );
  });

  it('say in one line what cannot be read', async () => {
    await writeFile(join(dir, 'torn.json'), '{');
    for (const file of ['torn.json', 'missing.json', '.']) {
      const { code, out, err } = await bzzz('prices', 'lint', file);
      assert.deepEqual([code, out], [2, '']);
      assert.match(err, /^bzzz: cannot read \S+ as JSON: [^\n]+\[ARGUMENT_INVALID\]\n$/);
    }
  });

  it('check a file that holds something else', async () => {
    for (const text of ['[]', '3', 'null', '"prices"']) {
      await writeFile(join(dir, 'other.json'), text);
      const { code, out } = await bzzz('prices', 'lint', 'other.json');
      assert.equal(code, 2, text);
      assert.match(out, /^the book: .*expected object/, text);
    }
  });
});
