import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Actors } from '../../../src/ports.ts';
import { dataDir } from '../../../src/log/index.ts';
import {
  agreed,
  escalated,
  goOn,
  halved,
  writeHistory,
  type Chapter,
} from '../../support/history.ts';
import { withHandle } from '../../support/wrap.ts';
import { withTempDir } from '../../support/testNode.ts';
import { auditOf, told } from './attack.ts';

class Killed extends Error {}

/** Actors whose process is gone after a number of commands. */
function mortal(actors: Actors, commandsMax: number): Actors {
  let commands = 0;
  return withHandle(actors, async (instruction) => {
    if (++commands > commandsMax) throw new Killed();
    return actors.handle(instruction);
  });
}

const nobody: Chapter = { task: 'pr-4', approves: () => false };
const answered: Chapter = { ...escalated, task: 'pr-5', answer: 'approved' };

describe('the auditor of an honest history', () => {
  for (const ending of ['stopped', 'killed'] as const) {
    for (const chapters of [[], [agreed], [escalated], [halved, nobody], [agreed, answered]]) {
      const tasks = chapters.map(({ task }) => task).join(', ') || 'nothing';
      it(`finds ${tasks} intact after the process was ${ending}`, () =>
        withTempDir(async (root) => {
          const report = await auditOf(await writeHistory(root, chapters, ending));
          assert.deepEqual(report.findings, [], told(report));
          assert.ok(report.intact);
          // Whoever votes last may find the matter decided.
          const notes = report.notes.filter(({ kind }) => kind !== 'unheard');
          assert.deepEqual(notes, [], told(report));
          const counted = report.spending.filter(({ scope }) => /^(?:task|day):/.test(scope));
          assert.equal(counted.length, chapters.length === 0 ? 0 : chapters.length + 1);
        }));
    }
  }

  it('finds it intact wherever the process was killed, and again once it went on', async () => {
    const kinds = new Set<string>();
    let commands = 0;
    const counting: Chapter = {
      ...escalated,
      through: (actors) => ({
        ...mortal(actors, Infinity),
        handle: (instruction) => {
          commands++;
          return actors.handle(instruction);
        },
      }),
    };
    await withTempDir((root) => writeHistory(root, [counting]));
    assert.ok(commands > 60, `only ${commands} commands`);
    for (let at = 1; at < commands; at += 4) {
      await withTempDir(async (root) => {
        const dying: Chapter = { ...escalated, through: (actors) => mortal(actors, at) };
        await assert.rejects(writeHistory(root, [agreed, dying], 'killed'));
        const dir = dataDir(root);
        const report = await auditOf(dir);
        assert.deepEqual(report.findings, [], `at command ${at}: ${told(report)}`);
        for (const { kind } of report.notes) kinds.add(kind);
        await goOn(root, [escalated]);
        const later = await auditOf(dir);
        assert.deepEqual(later.findings, [], `resumed after command ${at}: ${told(later)}`);
      });
    }
    // What a killed process leaves behind is lawful, and named.
    for (const kind of ['openCall', 'openHold', 'pending']) assert.ok(kinds.has(kind), kind);
  });

  it('finds a copy as intact as the original, and measures how fast it read', () =>
    withTempDir(async (root) => {
      const dir = await writeHistory(join(root, 'a'), [agreed]);
      await cp(dir.root, join(root, 'b'), { recursive: true });
      const [original, copy] = [await auditOf(dir), await auditOf(dataDir(join(root, 'b')))];
      assert.ok(original.intact && copy.intact);
      assert.deepEqual(copy.logs, original.logs);
      assert.equal(
        original.blocks,
        original.logs.reduce((sum, { length }) => sum + length, 0),
      );
      assert.ok(original.blocksPerSecond > 0 && original.bytes > original.blocks);
      const { proof } = original;
      assert.equal(proof.blocks, original.blocks);
      assert.ok(proof.blocksPerSecond >= original.blocksPerSecond, 'the proof is a part of it');
    }));
});
