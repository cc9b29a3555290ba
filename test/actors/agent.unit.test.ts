import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { agent } from '../../actors/index.ts';
import { sha256Hex, type EventOf } from '../../events/index.ts';
import {
  ann,
  completeCall,
  conclude,
  failCall,
  failTurn,
  given,
  handle,
  play,
  register,
  remember,
  resume,
  retire,
  startCall,
  startTurn,
  suspend,
  words,
  type Line,
} from './agentScript.ts';
import { forgeriesOf } from './forgeries.ts';

const after = (...lines: readonly Line[]) => given(...play(register(), ...lines));
const typesOf = (events: readonly EventOf<'agent'>[]) =>
  events.map(({ type }) => type.replace('agent.', ''));
const answered = [startTurn('t1'), startCall('t1'), completeCall('t1')];

describe('an agent', () => {
  it('registers once, and again only to say that its role has changed', () => {
    const { type: _type, ...facts } = register();
    const { name: _name, project: _project, ...role } = facts;
    given()
      .when(register())
      .gives({ type: 'agent.registered', ...facts });
    after().when(register()).gives();
    const roleHash = sha256Hex('a revised role');
    after()
      .when(register(roleHash))
      .gives({ type: 'agent.role.revised', ...role, roleHash });
  });

  it('does nothing before it is registered', () => {
    for (const line of [startTurn('t1'), remember, suspend, resume, retire])
      given().when(line).isRefused('COMMAND_NOT_ALLOWED');
  });

  it('waits for nothing of its own accord', () =>
    assert.deepEqual(agent.due(after(startTurn('t1')).state), []));

  it('takes turns side by side, each with calls of its own', () => {
    const { state } = after(
      startTurn('t1'),
      startTurn('t2', 'vote'),
      startCall('t1'),
      startCall('t2'),
      completeCall('t2'),
      conclude('t2', 'vote'),
    );
    assert.deepEqual(Object.keys(state.context.turns), ['t1']);
    assert.equal(state.context.turns['t1']?.open, 't1/call-1');
    assert.ok(state.matches({ registered: 'thinking' }));
    after(startTurn('t1')).when(startTurn('t1')).isRefused('COMMAND_NOT_ALLOWED');
  });

  it('is idle again after its last turn', () => {
    for (const end of [
      [...answered, conclude('t1')],
      [startTurn('t1'), failTurn('t1')],
    ])
      assert.ok(after(...end).state.matches({ registered: 'idle' }));
  });

  it('speaks only once its call is answered', () => {
    const { events } = handle(after(...answered).state, conclude('t1'));
    assert.deepEqual(typesOf(events), ['finding.stated', 'review.stated', 'turn.completed']);
    for (const unanswered of [
      [startTurn('t1')],
      [startTurn('t1'), startCall('t1')],
      [startTurn('t1'), startCall('t1'), failCall('t1')],
    ])
      after(...unanswered)
        .when(conclude('t1'))
        .isRefused('COMMAND_NOT_ALLOWED');
  });

  it('tries again after a failed call, counting, and not after an answer', () => {
    const failed = [startTurn('t1'), startCall('t1'), failCall('t1')];
    const { state } = after(...failed, startCall('t1', 2));
    assert.equal(state.context.turns['t1']?.attempts, 2);
    after(...failed)
      .when(startCall('t1', 3))
      .isRefused('COMMAND_NOT_ALLOWED');
    after(...answered)
      .when(startCall('t1', 2))
      .isRefused('COMMAND_NOT_ALLOWED');
  });

  it('gives up a turn only when no call is open, whose hold would be forgotten', () => {
    after(startTurn('t1'), startCall('t1')).when(failTurn('t1')).isRefused('COMMAND_NOT_ALLOWED');
    after(startTurn('t1'), startCall('t1'), failCall('t1'))
      .when(failTurn('t1'))
      .gives({ type: 'agent.turn.failed', turn: 't1', reason: 'MODEL_UNAVAILABLE' });
  });

  it('remembers, with the text apart from the fact', () => {
    const [note] = handle(after().state, remember).facts;
    assert.equal(note?.event.type, 'agent.memory.noted');
    assert.equal(after(remember, remember).state.context.notes, 2);
    assert.deepEqual(note?.body, { subject: ann, text: 'They like short functions.' });
  });

  it('is suspended and resumed between turns', () => {
    after(startTurn('t1')).when(suspend).isRefused('COMMAND_NOT_ALLOWED');
    after(suspend).when(startTurn('t1')).isRefused('COMMAND_NOT_ALLOWED');
    after(suspend).when(resume).gives({ type: 'agent.resumed', by: 'dana' });
    assert.ok(after(suspend, resume, startTurn('t1')).state.matches({ registered: 'thinking' }));
  });

  it('retires for good', () => {
    after(startTurn('t1')).when(retire).isRefused('COMMAND_NOT_ALLOWED');
    for (const lines of [[retire], [suspend, retire]]) {
      for (const line of [startTurn('t1'), remember, suspend, resume, retire])
        after(...lines)
          .when(line)
          .isRefused('COMMAND_NOT_ALLOWED');
    }
  });
});

describe('an agent accepts no', () => {
  const spoken = ['finding', 'review', 'vote', 'message', 'objection'] as const;
  const forgeries = forgeriesOf({ play, given }, [
    'agent.memory.noted',
    'agent.role.revised',
    ...spoken.map((what) => `agent.${what}.stated` as const),
  ]);
  const begun = [register(), startTurn('t1'), startCall('t1')];
  const elsewhere = 'bzzz://*:*@chorus:pr-7';

  forgeries('agent.registered', { story: [register()] });
  forgeries('agent.role.revised', {
    story: [register(), register(sha256Hex('a revised role'))],
    forged: { 'of another role': { role: 'judge' } },
    early: { 'it is not registered': [] },
  });
  forgeries('agent.turn.started', {
    story: [register(), startTurn('t1')],
    early: { 'it is not registered': [], 'it is suspended': [register(), suspend] },
  });
  forgeries('agent.call.started', {
    story: begun,
    forged: { 'in another turn': { turn: 't2' }, 'out of count': { attempt: 2 } },
    early: { 'the turn is answered': [...begun, completeCall('t1')] },
  });
  forgeries('agent.call.completed', {
    story: [...begun, completeCall('t1')],
    forged: { 'of another call': { call: 't1/call-2' }, 'of another turn': { turn: 't2' } },
    early: { 'the call has failed': [...begun, failCall('t1')] },
  });
  forgeries('agent.call.failed', {
    story: [...begun, failCall('t1')],
    forged: { 'of another call': { call: 't1/call-2' } },
    early: { 'the call is answered': [...begun, completeCall('t1')] },
  });
  for (const [kind, other] of [
    ['review', 'vote'],
    ['vote', 'discuss'],
    ['discuss', 'review'],
  ] as const) {
    const asked = [register(), startTurn('t1', kind), startCall('t1'), completeCall('t1')];
    for (const { event } of words[kind]('t1')) {
      forgeries(event.type, {
        story: [...asked, conclude('t1', kind)],
        forged: { 'in another turn': { turn: 't2' }, 'in another thread': { thread: elsewhere } },
        early: {
          'its call is open': asked.slice(0, -1),
          'its turn is over': [...asked, conclude('t1', kind)],
          'its turn is of another kind': [
            register(),
            startTurn('t1', other),
            startCall('t1'),
            completeCall('t1'),
          ],
        },
      });
    }
  }
  forgeries('agent.turn.completed', {
    story: [...begun, completeCall('t1'), conclude('t1')],
    forged: { 'of another turn': { turn: 't2' } },
    early: { 'its call is open': begun, 'its call has failed': [...begun, failCall('t1')] },
  });
  forgeries('agent.turn.failed', {
    story: [...begun, failCall('t1'), failTurn('t1')],
    early: { 'its call is open': begun },
  });
  forgeries('agent.memory.noted', {
    story: [register(), remember],
    early: { 'it has retired': [register(), retire] },
  });
  forgeries('agent.suspended', { story: [register(), suspend], early: { 'it thinks': begun } });
  forgeries('agent.resumed', { story: [register(), suspend, resume] });
  forgeries('agent.retired', { story: [register(), retire], early: { 'it thinks': begun } });
});
