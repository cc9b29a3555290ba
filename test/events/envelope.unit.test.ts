import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  decodeRecorded,
  encodeRecorded,
  kindOf,
  schemaVersion,
  stateDueAt,
  type Recorded,
} from '../../events/index.ts';

const where = { log: 'a'.repeat(64), seq: 7 };
const recorded: Recorded = {
  meta: {
    id: '019b7e0c-5e1c-7000-8000-000000000000',
    v: schemaVersion,
    at: '2026-01-01T00:00:00.000Z',
    actor: 'bzzz://*:*@chorus:pr-42',
    stream: where.log,
    seq: where.seq,
    command: 'open-1',
  },
  event: { type: 'thread.opened', project: 'chorus', task: 'pr-42' },
};

describe('a block', () => {
  it('reads back as it was written', () =>
    assert.deepEqual(decodeRecorded(encodeRecorded(recorded), where), recorded));

  const { meta, event } = recorded;
  const damaged: Record<string, [field: string | null, block: unknown]> = {
    'no block at all': ['', null],
    'a member too many': ['', { ...recorded, extra: 1 }],
    'an event type that nobody knows': ['event.type', { meta, event: { type: 'weather.changed' } }],
    'an event type inherited from Object': [
      'event.type',
      { meta, event: { type: 'toString.called' } },
    ],
    'an event type that a kind never has': [
      'event.type',
      { meta, event: { type: 'thread.melted' } },
    ],
    'an event without a type': ['event.type', { meta, event: {} }],
    'a missing fact': ['event.task', { meta, event: { type: event.type, project: 'chorus' } }],
    'a fact of the wrong shape': ['event.task', { meta, event: { ...event, task: 'a/b' } }],
    'a fact too many': ['event', { meta, event: { ...event, extra: 1 } }],
    'a later version': ['meta.v', { meta: { ...meta, v: schemaVersion + 1 }, event }],
    'version zero': ['meta.v', { meta: { ...meta, v: 0 }, event }],
    'a time without milliseconds': [
      'meta.at',
      { meta: { ...meta, at: '2026-01-01T00:00:00Z' }, event },
    ],
    'a time that is not UTC': [
      'meta.at',
      { meta: { ...meta, at: '2026-01-01T00:00:00.000+01:00' }, event },
    ],
    'a trace that is no traceparent': ['meta.trace', { meta: { ...meta, trace: 'x' }, event }],
    'a body in clear': ['body', { ...recorded, body: 'hello' }],
  };
  for (const [what, [field, block]] of Object.entries(damaged)) {
    it(`with ${what} is corrupt, and the error says where`, () =>
      assert.throws(() => decodeRecorded(Buffer.from(JSON.stringify(block)), where), {
        name: 'Corrupt',
        code: 'LOG_CORRUPT',
        message: new RegExp(`^log ${where.log} seq 7: `),
        data: { ...where, field },
      }));
  }

  it('with one wrong byte is corrupt', () => {
    const bytes = encodeRecorded(recorded);
    for (const wrong of [
      bytes.slice(0, -1),
      bytes.with(0, 0xff),
      bytes.with(20, 0xc0),
      new Uint8Array(),
    ]) {
      assert.throws(() => decodeRecorded(wrong, where), {
        code: 'LOG_CORRUPT',
        data: { ...where, field: null },
      });
    }
  });
});

describe('the kind of an event', () => {
  it('is the part before the first dot, when that is a kind of actor', () => {
    assert.equal(kindOf('thread.vote.cast'), 'thread');
    assert.equal(kindOf('node.started'), 'node');
    const strangers = ['', '.', 'nodes', 'weather.changed', 'constructor.called', 'Thread.opened'];
    assert.deepEqual(
      strangers.map(kindOf),
      strangers.map(() => null),
    );
  });
});

describe('the state before an event', () => {
  it('is recorded often at first and seldom later, and never before the first event', () => {
    const due = Array.from({ length: 3000 }, (_, seq) => seq).filter(stateDueAt);
    const [often, atTimes, seldom] = [
      due.filter((seq) => seq < 128),
      due.filter((seq) => seq >= 128 && seq < 1024),
      due.filter((seq) => seq >= 1024),
    ];
    assert.deepEqual(often.slice(0, 3), [8, 16, 24]);
    assert.deepEqual([often.length, atTimes.length], [15, 28]);
    assert.deepEqual(seldom, [1024, 1536, 2048, 2560]);
  });
});
