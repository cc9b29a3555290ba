import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  formatAddress,
  agentAddress,
  budgetAddress,
  isName,
  matchesAddress,
  nodeAddress,
  parseAddress,
  threadAddress,
} from '../../events/index.ts';

describe('an address', () => {
  it('names agent, role, project, task and path', () => {
    assert.deepEqual(parseAddress('bzzz://reviewer-1:reviewer@chorus:pr-42/decisions/3'), {
      agent: 'reviewer-1',
      role: 'reviewer',
      project: 'chorus',
      task: 'pr-42',
      path: ['decisions', '3'],
    });
  });

  it('is the same in its URI form, which every URL parser takes', () => {
    const address = parseAddress('bzzz://*:architect@chorus:*/messages/*');
    const uri = formatAddress(address).replace('bzzz://', 'bzzz:///');
    assert.equal(uri, 'bzzz:///*:architect@chorus:*/messages/*');
    assert.equal(new URL(uri).host, '');
    assert.deepEqual(parseAddress(uri), address);
  });

  it('of every kind of actor can be read back', () => {
    const addresses = [
      threadAddress('chorus', 'pr-42'),
      agentAddress('ann', 'reviewer', 'chorus'),
      budgetAddress('chorus'),
      nodeAddress('host-1'),
    ];
    assert.deepEqual(
      addresses.map(parseAddress).map(({ path }) => path.length),
      [0, 0, 1, 0],
    );
  });

  const hostile = {
    'nothing at all': '',
    'another scheme': 'http://ann:reviewer@chorus:pr-42',
    'one slash': 'bzzz:/ann:reviewer@chorus:pr-42',
    'four slashes': 'bzzz:////ann:reviewer@chorus:pr-42',
    'a missing part': 'bzzz://ann@chorus:pr-42',
    'an empty part': 'bzzz://:reviewer@chorus:pr-42',
    'an unknown family': 'bzzz://ann:reviewer@chorus:pr-42/secrets',
    'a path that climbs': 'bzzz://ann:reviewer@chorus:pr-42/log/../../etc',
    'a trailing slash': 'bzzz://ann:reviewer@chorus:pr-42/log/',
    'a line break at the end': 'bzzz://ann:reviewer@chorus:pr-42\n',
    'a null byte': 'bzzz://ann\0:reviewer@chorus:pr-42',
    'an escape': 'bzzz://%61nn:reviewer@chorus:pr-42',
    'a look-alike letter': 'bzzz://аnn:reviewer@chorus:pr-42',
    'a name of 65 characters': `bzzz://${'a'.repeat(65)}:reviewer@chorus:pr-42`,
    'a query': 'bzzz://ann:reviewer@chorus:pr-42?x=1',
    'a megabyte of letters': `bzzz://${'a'.repeat(1 << 20)}`,
    'a megabyte of path': `bzzz://ann:reviewer@chorus:pr-42/log${'/*'.repeat(1 << 19)}!`,
  };
  for (const [what, text] of Object.entries(hostile)) {
    it(`is not ${what}, and the refusal stays short`, () =>
      assert.throws(() => parseAddress(text), {
        name: 'Refusal',
        code: 'ADDRESS_INVALID',
        message: /^.{1,300}$/s,
      }));
  }
});

describe('a name', () => {
  it('starts with a letter or digit and has at most 64 characters', () => {
    const names = ['a', 'PR-42', 'v1.2_3', 'a'.repeat(64)];
    const others = ['', '*', '-a', '.', 'a b', 'a/b', 'a:b', 'a\n', 'é', 'a'.repeat(65)];
    assert.deepEqual(
      names.filter((text) => !isName(text)),
      [],
    );
    assert.deepEqual(others.filter(isName), []);
  });
});

describe('a pattern', () => {
  const address = parseAddress('bzzz://ann:reviewer@chorus:pr-42/decisions/3');
  const matches = (pattern: string) => matchesAddress(parseAddress(pattern), address);

  it('matches what is the same or `*` in each part', () => {
    for (const pattern of [
      'bzzz://ann:reviewer@chorus:pr-42/decisions/3',
      'bzzz://*:reviewer@chorus:*/decisions/*',
      'bzzz:///*:*@*:*/decisions',
      'bzzz://*:*@*:*',
    ]) {
      assert.ok(matches(pattern), pattern);
    }
  });

  it('matches nothing that differs in one part', () => {
    for (const pattern of [
      'bzzz://bob:*@*:*',
      'bzzz://*:architect@*:*',
      'bzzz://*:*@Chorus:*',
      'bzzz://*:*@*:pr-4',
      'bzzz://*:*@*:*/messages',
      'bzzz://*:*@*:*/decisions/33',
      'bzzz://*:*@*:*/decisions/3/1',
    ]) {
      assert.ok(!matches(pattern), pattern);
    }
  });
});
