import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Ajv } from 'ajv';
import { Ajv2020, type AnySchemaObject } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { z } from 'zod';
import { reviewReport } from '../../src/review/reviewReport.ts';
import official from '../schemas/sarif-schema-2.1.0.json' with { type: 'json' };
import { launcher, Place } from './support/place.ts';

const sample = join(launcher, '../demo/sample.diff');
const published = z
  .custom<AnySchemaObject>()
  .parse(
    JSON.parse(readFileSync(join(launcher, '../../review/render/review.schema.json'), 'utf8')),
  );
const report = new Ajv2020({ allErrors: true }).compile(published);

// It says draft-04, which ajv does not know, and uses nothing of it but `id`.
const { $schema: _draft04, id: $id, ...schema } = official;
const ajv = new Ajv({ strict: false, allErrors: true });
formats.default(ajv);
const sarif = ajv.compile({ ...schema, $id });

const escapes = /\u001b\[/;

describe('the result of a review', () => {
  let place: Place;
  const args = ['review', '--diff', sample, '--task', 'sample', '--quiet'];

  before(async () => {
    place = await Place.make();
    assert.equal((await place.bzzz(args)).code, 1);
  });
  after(() => place.remove());

  for (const format of ['text', 'md', 'json', 'sarif'])
    it(`is the same in a file and on standard output as ${format}`, async () => {
      const told = await place.bzzz([...args, '--format', format]);
      const written = await place.bzzz([...args, '--format', format, '--out', `out.${format}`]);
      assert.deepEqual([told.code, told.err, written.code, written.err], [1, '', 1, '']);
      assert.equal(written.out, '');
      assert.ok(told.out.includes('src/payments/gateway.ts'));
      assert.equal(await readFile(join(place.dir, `out.${format}`), 'utf8'), told.out);
      assert.ok(!(await place.files()).some((file) => file.endsWith('.tmp')));
    });

  it('fits its published schema as JSON', async () => {
    const { out } = await place.bzzz([...args, '--format', 'json']);
    const json: unknown = JSON.parse(out);
    assert.ok(report(json), JSON.stringify(report.errors));
    const { outcome, models, cost, proposals } = reviewReport.parse(json);
    assert.deepEqual([outcome, models.offline, cost.spentMicroUsd], ['changes_requested', true, 0]);
    assert.ok(proposals.every(({ votes, title }) => votes.length > 0 && title !== null));
  });

  it('fits the official schema as SARIF', async () => {
    const { out } = await place.bzzz([...args, '--format', 'sarif']);
    assert.ok(sarif(JSON.parse(out)), ajv.errorsText(sarif.errors));
  });

  it('replaces an older file as a whole, and goes through a pipe', async () => {
    await place.write('old.json', 'x'.repeat(1_000_000));
    await place.bzzz([...args, '--format', 'json', '--out', 'old.json']);
    const text = await readFile(join(place.dir, 'old.json'), 'utf8');
    assert.ok(report(JSON.parse(text)));
    const line = `${quoted([launcher, ...args])} --format json --out /dev/stdout | cat`;
    const piped = await place.startCommand('sh', ['-c', line]).ended;
    assert.equal(piped.out, text);
  });

  it('has no colour in a pipe, whatever the terminal is called', async () => {
    const env = { TERM: 'xterm-256color', COLORTERM: 'truecolor' };
    const { out, err } = await place.bzzz(['review', '--diff', sample, '--task', 'sample'], {
      env,
    });
    assert.doesNotMatch(out + err, escapes);
  });

  it('has colour on a terminal, and none against the wish of its user', async (t) => {
    const onTerminal = async (command: string): Promise<string> => {
      const line = `'${launcher}' ${command}`;
      const { code, out } = await place.startCommand('script', ['-qec', line, '/dev/null']).ended;
      assert.equal(code, 1);
      return out;
    };
    const found = await place.startCommand('sh', ['-c', 'command -v script']).ended;
    if (found.code !== 0) return t.skip('script(1) is not installed');
    const command = `review --diff '${sample}' --task sample --quiet`;
    assert.match(await onTerminal(command), escapes);
    assert.doesNotMatch(await onTerminal(`${command} --format json`), escapes);
    assert.doesNotMatch(await onTerminal(`${command} --out coloured.txt`), escapes);
    assert.doesNotMatch(await readFile(join(place.dir, 'coloured.txt'), 'utf8'), escapes);
    const { out } = await place.startCommand(
      'script',
      ['-qec', `'${launcher}' ${command}`, '/dev/null'],
      {
        env: { NO_COLOR: '1' },
      },
    ).ended;
    assert.doesNotMatch(out, escapes);
  });

  it('stops without a word when its reader has seen enough', async () => {
    const line = `'${launcher}' log cat 'bzzz://*:*@${place.dir.split('/').at(-1)}:sample' | head -1`;
    const { code, out, err } = await place.startCommand('sh', ['-c', line]).ended;
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, /"thread\.opened"/);
  });

  it('is not an approval when nobody reads it', async () => {
    const line = `${quoted([launcher, ...args])} | true; exit "\${PIPESTATUS[0]}"`;
    const { code, err } = await place.startCommand('bash', ['-c', line]).ended;
    assert.deepEqual([code, err], [1, '']);
  });
});

/** Words for a shell, whatever is in them. */
function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ');
}
