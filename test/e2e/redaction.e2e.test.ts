import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { reviewReport } from '../../src/review/reviewReport.ts';
import { placeFor, type Place } from './support/place.ts';
import { envOf, finding, pricedConfig, startTeam, teamOf, type Script } from './support/team.ts';

/** Tokens that no issuer has issued; assembled, so that no scanner takes them for real. */
const token = ['gh', 'p_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('');
const invented = ['gl', 'pat-Zx9Yw8Vu7Ts6Rq5Po4Nm'].join('');
const noted = ['npm', '_q1W2e3R4t5Y6u7I8o9P0a1S2d3F4g5H6j7K8'].join('');
const mail = ['ann.lee', 'shop-orders.eu'].join('@');
const all = [token, invented, noted, mail];

const change = `diff --git a/pay.ts b/pay.ts
new file mode 100644
--- /dev/null
+++ b/pay.ts
@@ -0,0 +1,3 @@
+import { run } from './run.ts';
+run('${token}');
+// Ask ${mail} before you change this.
`;
const thread = 'bzzz://*:*@shop:pr-42';
const escalation = `${thread}/escalations/1`;

/** Repeats what it was shown of the change, and a token that it was never shown. */
const votes = teamOf((role) => role === 'architect' || role === 'reviewer');
const script: Script = (role, turn, prompt) => {
  if (turn !== 'bzzz_review') return votes(role, turn, prompt);
  const quoted = /run\('(.*?)'\)/.exec(prompt)?.[1] ?? '';
  const asked = /Ask (.*?) before/.exec(prompt)?.[1] ?? '';
  const detail = `${quoted} is committed. ${asked} has to know.`;
  return { summary: 'read', findings: [finding({ detail, suggestion: `Not ${invented}.` })] };
};

/** A review that a person has decided, with everything sensitive in it that there is. */
async function reviewed(t: TestContext, settings: object = {}) {
  const config = { ...pricedConfig, project: 'shop', ...settings };
  const place = await placeFor(t, { 'bzzz.json': config });
  const team = await startTeam(script);
  t.after(() => team.close());
  const args = ['review', '--diff', '-', '--task', 'pr-42', '--format'];
  const options = { input: change, env: envOf(team) };
  const review = (format = 'json') => place.bzzz([...args, format], options);
  const first = await review();
  assert.equal(first.code, 3, first.err);
  const note = `Revoke ${noted}, says ${mail}`;
  const by = ['--decision', 'changes_requested', '--by', 'Ann', '--note', note];
  const { code, err } = await place.bzzz(['escalation', 'resolve', escalation, ...by]);
  assert.equal(code, 0, err);
  return { place, team, review };
}

/** Every file of the data directory, one behind the other. */
async function storedIn(place: Place): Promise<string> {
  const files = (await place.files()).filter((file) => file.startsWith('.bzzz/'));
  const texts = files.map((file) => readFile(join(place.dir, file), 'latin1'));
  return (await Promise.all(texts)).join('\n');
}

function show(place: Place, ...args: string[]): Promise<string> {
  return place.bzzz(['thread', 'show', thread, ...args]).then(({ out }) => out);
}

describe('a secret in a change', { concurrency: 2 }, () => {
  it('reaches neither the data directory, nor a model, nor the report', async (t) => {
    const { place, team, review } = await reviewed(t);
    const data = await storedIn(place);
    assert.ok(data.includes(thread));
    const sent = team.seen.map(({ raw }) => JSON.stringify(raw)).join('\n');
    assert.match(sent, /run\('\[REDACTED:github-token:1:\w+\]'\)/);
    const reports: string[] = [];
    for (const format of ['json', 'text', 'md', 'sarif']) {
      const { code, out, err } = await review(format);
      assert.equal(code, 1, err);
      assert.match(out, /\[REDACTED:github-token:1:\w+\\?\]/);
      reports.push(out + err);
    }
    const shown = await show(place);
    const told = [data, sent, shown, ...reports];
    for (const secret of all) {
      const at = told.findIndex((text) => text.includes(secret));
      assert.equal(at, -1, `${secret.slice(0, 4)} is in text ${at}`);
    }
    assert.match(shown, /Revoke \[REDACTED:npm-token:1:\w+\],\s+says\s+\[REDACTED:email:1:\w+\]/);
    assert.equal((await place.bzzz(['audit', 'verify'])).code, 0);
  });

  it('is shown to whoever asks for it and has the keys, until they are erased', async (t) => {
    const { place, review } = await reviewed(t);
    const json = await show(place, '--restore', '--json');
    for (const text of [await show(place, '--restore'), json])
      for (const secret of all) assert.ok(text.includes(secret), secret.slice(0, 4));
    assert.doesNotMatch(json, /REDACTED/);
    assert.match(await show(place, '--json'), /REDACTED/);

    const key = `${createHash('sha256').update(thread).digest('hex')}.key`;
    await rm(join(place.data, 'keys', key));
    const shown = await show(place, '--restore');
    assert.match(shown, /the key of the text is not here/);
    for (const secret of all) assert.ok(!shown.includes(secret), secret.slice(0, 4));
    const { code, out } = await place.bzzz(['audit', 'verify']);
    assert.equal(code, 0, out);
    // The same input is another text now: what stood for its secrets cannot be told any more.
    const again = await review();
    assert.deepEqual([again.code, again.out], [2, '']);
    assert.match(again.err, /were erased; review the change as another task/);
  });

  it('stays the same placeholder when the same input comes again', async (t) => {
    const { place, review } = await reviewed(t);
    const [one, two] = [await review(), await review()].map(({ out }) =>
      reviewReport.parse(JSON.parse(out)),
    );
    assert.deepEqual(one, two);
    const restoring = (await place.files()).filter((file) => file.startsWith('.bzzz/restore/'));
    assert.equal(restoring.length, 1);
  });
});

describe('personal data', () => {
  it('stays in the texts of whoever wants it there', async (t) => {
    const { place } = await reviewed(t, { redact: { personalData: false } });
    const shown = await show(place);
    assert.match(shown, new RegExp(`REDACTED:npm-token:1:\\w+\\],\\s+says\\s+${mail}`));
  });
});
