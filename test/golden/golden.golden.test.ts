import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { decodeRecorded, kindOf } from '../../events/index.ts';
import { Fold } from '../../src/shared/fold.ts';
import { stateHash } from './stateHash.ts';

const root = import.meta.dirname;
const versions = (await readdir(root)).filter((name) => /^\d+\.\d+\.\d+$/.test(name));

/** The state that today's code makes of a recorded log. */
async function stateOf(path: string): Promise<string> {
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  let fold: Fold | null = null;
  for (const [seq, line] of lines.entries()) {
    const { meta, event } = decodeRecorded(Buffer.from(line), { log: path, seq });
    assert.equal(meta.seq, seq);
    const kind = kindOf(event.type);
    assert.ok(kind);
    fold ??= new Fold(kind);
    assert.ok(fold.accept(event), `${path} event ${seq}: ${event.type} is not accepted any more`);
  }
  assert.ok(fold);
  return stateHash(fold.state);
}

describe('the logs of a released version', () => {
  it('are here', () => assert.ok(versions.includes('0.1.0')));

  for (const version of versions) {
    it(`${version} lead to the states they led to then`, async () => {
      const dir = join(root, version);
      const text = await readFile(join(dir, 'states.json'), 'utf8');
      const states = z.record(z.string(), z.string()).parse(JSON.parse(text));
      const files = (await readdir(dir)).filter((name) => name.endsWith('.jsonl'));
      assert.deepEqual(files.toSorted(), Object.keys(states).toSorted());
      assert.ok(files.length >= 8);
      for (const file of files) assert.equal(await stateOf(join(dir, file)), states[file], file);
    });
  }
});
