import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { limitOrNone, moment, scopeName } from '../../../src/cli/arguments.ts';

describe('a scope on the command line', () => {
  const good = [
    'task:pr-42',
    'thread:pr-42',
    'agent:reviewer',
    'role:architect',
    'project:shop',
    'day:2028-02-29',
    'month:2026-12',
    'team:payments',
    'agent',
    'day',
    'month',
  ];
  for (const text of good)
    it(`may be ${text}`, () => {
      assert.equal(scopeName(text), text);
    });

  const bad = [
    '',
    ':',
    'task:',
    ':pr-42',
    'Task:pr-42',
    'task:pr 42',
    'task:pr-42\n',
    'task:a:b',
    'day:2026-02-29',
    'day:2026-02-30',
    'day:2026-11',
    'day:tomorrow',
    'month:2026-13',
    'month:2026-11-01',
    'month:',
    'task-pr',
    `task:${'x'.repeat(65)}`,
    `${'x'.repeat(33)}:y`,
    'agent:bzzz://ann:reviewer@shop:*',
  ];
  for (const text of bad)
    it(`is not ${JSON.stringify(text).slice(0, 60)}`, () => {
      assert.throws(() => scopeName(text), { message: /^Expected KIND:NAME such as task:pr-42/ });
    });
});

describe('a cap on the command line', () => {
  it('is exact dollars, or none', () => {
    assert.equal(limitOrNone('0.000001'), 1);
    assert.equal(limitOrNone('$12.5'), 12_500_000);
    assert.equal(limitOrNone('none'), null);
    for (const text of ['0.0000001', '-1', '1e3', 'None', '', '1,000'])
      assert.throws(() => limitOrNone(text), { message: /^Expected dollars/ }, text);
  });
});

describe('a moment on the command line', () => {
  it('is a date in UTC or a time with its offset', () => {
    assert.equal(moment('2026-11-23'), '2026-11-23T00:00:00.000Z');
    assert.equal(moment('2026-11-23T01:30:00+02:00'), '2026-11-22T23:30:00.000Z');
  });

  it('is on the calendar', () => {
    for (const text of ['2026-02-30', '2026-02-29T10:00:00Z', '2026-13-01', '2026-11-23T10:00:00'])
      assert.throws(() => moment(text), { message: /^Expected a time/ }, text);
  });
});
