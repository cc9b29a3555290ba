import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  encodeRecorded,
  nodeAddress,
  schemaVersion,
  threadAddress,
  type BzzzEvent,
  type Recorded,
} from '../../../events/index.ts';
import { TextRefs } from '../../../src/shared/textRefs.ts';
import { uuidV7 } from '../../../src/shared/ids.ts';
import { escalated } from '../../support/history.ts';
import { brief, heard, told, Victim } from './attack.ts';
import type { Forger } from './forger.ts';

const node = nodeAddress('local');
const first = threadAddress('shop', heard.task);
const second = threadAddress('shop', escalated.task);
const later = '2026-11-23T13:00:00.000Z';

/** Large texts of a thread: names and places of their bytes. */
async function textsOf(forger: Forger, thread: string): Promise<Map<string, number>> {
  const blocks = await forger.blocksOf(await forger.keyOf('texts'));
  const places = new Map(
    blocks.flatMap((block, seq) =>
      seq % 2 === 0 ? [[Buffer.from(block).toString('hex'), seq + 1] as const] : [],
    ),
  );
  const found = new Map<string, number>();
  const actors = [thread];
  for (const { event } of await forger.events(node)) {
    if (event.type === 'node.log.registered' && event.kind === 'agent') actors.push(event.actor);
  }
  for (const actor of actors) {
    const refs = new TextRefs();
    for (const recorded of await forger.events(actor)) {
      for (const { ref, subject } of refs.of(recorded)) {
        if (subject === thread) found.set(ref.hash, places.get(ref.hash) ?? -1);
      }
    }
  }
  return found;
}

/** Says in the node's log that texts were erased, as only the node itself can. */
async function sayErased(
  forger: Forger,
  subject: string,
  blobs: readonly string[],
): Promise<number> {
  const log = await forger.keyOf(node);
  const seq = (await forger.events(node)).length;
  const meta = { actor: node, stream: log, seq, at: later, v: schemaVersion };
  const event: BzzzEvent = {
    type: 'node.subject.erased',
    subject,
    reason: 'asked to',
    by: 'Ann',
    key: null,
    blobs: [...blobs],
  };
  const recorded: Recorded = {
    meta: { ...meta, id: uuidV7(Date.parse(later)), command: 'erase' },
    event,
  };
  await forger.append(log, encodeRecorded(recorded));
  return seq;
}

async function clear(forger: Forger, places: Iterable<number>): Promise<void> {
  const key = await forger.keyOf('texts');
  for (const place of places) await forger.deleteBlock(key, place);
}

describe('the auditor', () => {
  it('accepts the loss of texts that an erasure lists, says who and when, and nothing else', () =>
    Victim.with({ chapters: [heard, escalated], ending: 'killed' }, async (victim) => {
      let texts = 0;
      const report = await victim.attacked(async (forger) => {
        const own = await textsOf(forger, first);
        texts = own.size;
        await sayErased(forger, first, [...own.keys()]);
        await clear(forger, own.values());
      });
      assert.deepEqual(brief(report), [], told(report));
      const note = report.notes.find(({ kind }) => kind === 'erased');
      const message = note?.message ?? '';
      assert.ok(message.startsWith(`${first}: erased by Ann at ${later} (asked to); `), message);
      const lost = Number(/; (\d+) of its texts/.exec(message)?.[1]);
      assert.ok(texts > 5 && lost > texts, `${lost} of which ${texts} are large`);
      assert.doesNotMatch(message, /not finished/);
    }));

  it('finds a text that was cleared without an erasure', () =>
    Victim.with({ chapters: [heard, escalated], ending: 'killed' }, async (victim) => {
      let place = -1;
      const report = await victim.attacked(async (forger) => {
        const [one = -1] = (await textsOf(forger, first)).values();
        place = one;
        await clear(forger, [one]);
      });
      assert.deepEqual(brief(report), [`storage local:node@*:* ${place} -`]);
      const erasedOther = await victim.attacked(async (forger) => {
        const others = await textsOf(forger, second);
        await sayErased(forger, second, [...others.keys()]);
        await clear(forger, [...others.values(), place]);
      });
      assert.deepEqual(brief(erasedOther), [`storage local:node@*:* ${place} -`]);
    }));

  it('finds an erasure that lists a text of another subject, or one that never was', () =>
    Victim.with({ chapters: [heard, escalated], ending: 'killed' }, async (victim) => {
      let seq = -1;
      const foreign = await victim.attacked(async (forger) => {
        const [[hash, place] = ['', -1]] = await textsOf(forger, first);
        seq = await sayErased(forger, second, [hash]);
        await clear(forger, [place]);
      });
      assert.deepEqual(brief(foreign), [`blob local:node@*:* ${seq} event.blobs`]);
      const invented = await victim.attacked(async (forger) => {
        seq = await sayErased(forger, first, ['ab'.repeat(32)]);
      });
      assert.deepEqual(brief(invented), [`blob local:node@*:* ${seq} event.blobs`]);
    }));

  it('finds a false text behind one that was erased, and a false leaf of one', () =>
    Victim.with({ chapters: [heard, escalated], ending: 'killed' }, async (victim) => {
      const erase = async (forger: Forger): Promise<[string, number[]]> => {
        const own = await textsOf(forger, first);
        const places = [...own.values()].toSorted((a, b) => a - b);
        await sayErased(forger, first, [...own.keys()]);
        await clear(forger, places);
        return [await forger.keyOf('texts'), places];
      };
      const renamed = await victim.attacked(async (forger) => {
        const [key] = await erase(forger);
        const last = (await forger.blocksOf(key)).length - 1;
        await forger.changeBlock(key, last, (was) => Buffer.concat([was, Buffer.from('x')]));
      });
      assert.deepEqual(
        brief(renamed).map((line) => line.split(' ')[0]),
        ['tree'],
      );
      const leaf = await victim.attacked(async (forger) => {
        const [key, [place = 0]] = await erase(forger);
        await forger.changeNode(key, 2 * place);
      });
      assert.deepEqual(
        brief(leaf).map((line) => line.split(' ')[0]),
        ['tree'],
      );
    }));

  it('says when a recorded erasure has not come to its end', () =>
    Victim.with({ chapters: [heard], ending: 'killed' }, async (victim) => {
      const report = await victim.attacked(async (forger) => {
        const own = await textsOf(forger, first);
        await sayErased(forger, first, [...own.keys()]);
        await clear(forger, [...own.values()].slice(2));
      });
      assert.deepEqual(brief(report), []);
      const note = report.notes.find(({ kind }) => kind === 'erased');
      assert.match(
        note?.message ?? '',
        /not finished: 2 of its large texts are here; start the node/,
      );
    }));
});
