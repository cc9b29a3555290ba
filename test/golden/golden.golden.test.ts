import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { replayAll } from '../../src/audit/index.ts';
import type { LogReader } from '../../src/ports.ts';
import { Fold } from '../../src/shared/fold.ts';
import { stateHash } from '../../src/shared/stateHash.ts';
import { recordedLogs } from '../support/recordedLogs.ts';

const root = import.meta.dirname;
const versions = (await readdir(root)).filter((name) => /^\d+\.\d+\.\d+$/.test(name));
/** From this version on, events are written with hashes of the states before them. */
const hashedSince = '0.3.0';

/** The states that today's code makes of recorded logs, in the order of their files. */
async function statesOf(reader: Pick<LogReader, 'logs' | 'events'>): Promise<string[]> {
  const states: string[] = [];
  for (const { actor, kind, log } of await reader.logs()) {
    const fold = new Fold(kind);
    for await (const { event, meta } of reader.events(log, 0))
      assert.ok(fold.accept(event), `${actor} event ${meta.seq}: ${event.type} is not accepted`);
    states.push(stateHash(fold.state));
  }
  return states;
}

describe('the logs of a released version', () => {
  it('are here', () => assert.ok(versions.includes('0.1.0')));

  for (const version of versions) {
    const dir = join(root, version);

    it(`${version} lead to the states they led to then`, async () => {
      const text = await readFile(join(dir, 'states.json'), 'utf8');
      const states = z.record(z.string(), z.string()).parse(JSON.parse(text));
      const files = (await readdir(dir)).filter((name) => name.endsWith('.jsonl')).toSorted();
      assert.deepEqual(files, Object.keys(states).toSorted());
      assert.ok(files.length >= 8);
      const found = await statesOf(await recordedLogs(dir));
      assert.deepEqual(
        found,
        files.map((file) => states[file]),
      );
    });

    it(`${version} hold no event that today's machines replay otherwise`, async () => {
      const report = await replayAll(await recordedLogs(dir));
      assert.deepEqual(report.divergences, []);
      assert.ok(report.same && report.events > 100);
      const isHashed = version.localeCompare(hashedSince, 'en', { numeric: true }) >= 0;
      assert.equal(report.hashes > 0, isHashed, `${report.hashes} hashes`);
    });
  }
});
