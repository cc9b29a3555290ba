import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { launcher, placeFor } from './support/place.ts';

/** The flaws that the sample is known to have, by its own table: places and kinds. */
const known = [
  ...readFileSync(join(launcher, '../demo/sample.md'), 'utf8').matchAll(
    /^\| (\S+:\d+) \| ([a-z-]+) \|/gm,
  ),
].map(([, place = '', kind = '']) => ({ place, kind }));

describe('the demo', () => {
  it('reviews the sample, shows everything, audits it, and leaves it to be looked at', async (t) => {
    const place = await placeFor(t);
    // Whatever is set: a demo spends nobody's money.
    const env = { OPENAI_API_KEY: 'sk-nobody', OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' };
    const { code, out, err } = await place.bzzz(['demo'], { env });
    assert.equal(code, 0, err);

    assert.ok(known.length >= 10);
    for (const { place: at, kind } of known) {
      const [path, line] = at.split(':');
      assert.match(out, new RegExp(`${path}:${line}(?:-\\d+)? · ${kind}\n`), `${at} ${kind}`);
    }
    assert.match(out, /Changes requested/);
    assert.match(out, /votes +approve: .*reviewer \d+ %/);
    assert.match(out, /dissent +performance, reject \d+ %, see scripts\/reconcile\.py:24/);
    assert.match(out, /Cost +\$0\.00 for \d+ calls/);
    assert.match(out, /offline model: rules, no language model was asked/);
    assert.match(out, /^Thread +bzzz:\/\/\*:\*@demo:sample$/m);
    assert.match(out, /The auditor on the logs just written:\nINTACT\n/);
    assert.match(out, /The same tokens would cost \$0\.\d+ with /);

    for (const said of [
      'architect reads the change',
      'blind vote on 12 proposals',
      'p1 is accepted',
    ])
      assert.ok(err.includes(said), said);
    assert.ok(
      !(await place.files()).some((file) => file.startsWith('.bzzz/')),
      'in its own folder',
    );

    const looks = [...out.matchAll(/^ {2}bzzz (--data \S+ .+)$/gm)].map(([, look = '']) => look);
    assert.equal(looks.length, 4);
    for (const look of looks) {
      const args = look.split(' ').map((word) => word.replaceAll(`'`, ''));
      assert.equal((await place.bzzz(args)).code, 0, look);
    }
  });
});
