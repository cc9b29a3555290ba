import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { node } from '../../actors/index.ts';
import { sha256Hex, threadAddress } from '../../events/index.ts';
import { forgeriesOf } from './forgeries.ts';
import {
  blobs,
  eraseSubject,
  given,
  play,
  registerLog,
  sealCheckpoint,
  start,
  stop,
  type Line,
} from './nodeScript.ts';

const after = (...lines: readonly Line[]) => given(...play(...lines));
const actor = threadAddress('chorus', 'pr-42');

describe('a node', () => {
  it('starts, and may start again without having stopped: so looks a crash', () => {
    const started = { type: 'node.started', name: 'host-1', version: '0.1.0', blobs } as const;
    for (const lines of [[], [start()], [start(), stop]])
      after(...lines)
        .when(start())
        .gives(started);
  });

  it('keeps its register through a restart', () => {
    const { state } = after(start(), registerLog('pr-42', 'x'), stop, start());
    assert.deepEqual(state.context.logs, { [actor]: { kind: 'thread', log: sha256Hex('x') } });
  });

  it('registers, seals, erases and stops only while it is up', () => {
    for (const line of [registerLog('pr-42', 'x'), sealCheckpoint, eraseSubject, stop]) {
      after().when(line).isRefused('COMMAND_NOT_ALLOWED');
      after(start(), stop).when(line).isRefused('COMMAND_NOT_ALLOWED');
    }
  });

  it('takes a cosigned checkpoint back while it is up, as it is', () => {
    const line = { type: 'recordWitnessed', note: 'a note' } as const;
    after(start()).when(line).gives({ type: 'node.checkpoint.witnessed', note: 'a note' });
    after(start(), stop).when(line).isRefused('COMMAND_NOT_ALLOWED');
  });

  it('records whose texts were erased, as it is told, again if need be, and keeps no state of it', () => {
    const { type: _type, ...erased } = eraseSubject;
    const fact = { ...erased, type: 'node.subject.erased' as const };
    after(start()).when(eraseSubject).gives(fact);
    after(start(), eraseSubject).when(eraseSubject).gives(fact);
    assert.deepEqual(after(start(), eraseSubject).state.context, after(start()).state.context);
  });

  it('waits for nothing', () => assert.deepEqual(node.due(after(start()).state), []));
});

describe('a node accepts no', () => {
  const forgeries = forgeriesOf({ play, given }, ['node.started', 'node.checkpoint.sealed']);

  forgeries('node.started', {
    story: [start()],
    early: { 'its blobs were in another log': [start(sha256Hex('other blobs')), stop] },
  });
  forgeries('node.log.registered', {
    story: [start(), registerLog('pr-42', 'x')],
    early: {
      'the node is down': [],
      'the actor has a log': [start(), registerLog('pr-42', 'y')],
      'the log belongs to another actor': [start(), registerLog('pr-7', 'x')],
    },
  });
  forgeries('node.checkpoint.sealed', {
    story: [start(), sealCheckpoint],
    early: { 'the node is down': [start(), stop] },
  });
  forgeries('node.stopped', { story: [start(), stop] });
});
