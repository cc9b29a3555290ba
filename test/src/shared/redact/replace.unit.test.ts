import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findSensitive } from '../../../../src/shared/redact/find.ts';
import {
  emptyMap,
  isSecretKind,
  replaceSensitive,
  restoreSensitive,
} from '../../../../src/shared/redact/index.ts';
import { fill } from './corpus.ts';

const all = { personalData: true, ipAddresses: true };
const secretsOnly = { personalData: false, ipAddresses: false };
const token = (seed: string): string => fill('§ghp§§an:36§', seed).text;

describe('the placeholders of a map', () => {
  it('are the same for the same value, and numbered by kind in order of appearance', () => {
    const { text } = replaceSensitive(
      `${token('a')} ${token('b')} ${token('a')} ann@posthof.at`,
      emptyMap('k3vq7a'),
      all,
    );
    assert.equal(
      text,
      '[REDACTED:github-token:1:k3vq7a] [REDACTED:github-token:2:k3vq7a] ' +
        '[REDACTED:github-token:1:k3vq7a] [REDACTED:email:1:k3vq7a]',
    );
  });

  it('go on where an earlier text ended', () => {
    const first = replaceSensitive(token('a'), emptyMap('k3vq7a'), all);
    const second = replaceSensitive(`${token('b')} ${token('a')}`, first.map, all);
    assert.equal(second.text, '[REDACTED:github-token:2:k3vq7a] [REDACTED:github-token:1:k3vq7a]');
    assert.equal(restoreSensitive(second.text, second.map), `${token('b')} ${token('a')}`);
  });

  it('do not grow where nothing new was found', () => {
    const { map } = replaceSensitive(token('a'), emptyMap('k3vq7a'), all);
    assert.equal(replaceSensitive(`again ${token('a')}`, map, all).map, map);
    assert.equal(replaceSensitive('nothing', map, all).map, map);
  });

  it('cannot be smuggled in', () => {
    const { map } = replaceSensitive(token('a'), emptyMap('k3vq7a'), all);
    const foreign = '[REDACTED:github-token:1] [REDACTED:github-token:2:k3vq7a]';
    const replaced = replaceSensitive(foreign, map, all);
    assert.equal(replaced.text, '[REDACTED:literal:1:k3vq7a] [REDACTED:literal:2:k3vq7a]');
    assert.equal(restoreSensitive(replaced.text, replaced.map), foreign);
  });

  it('of other maps stay when one is restored', () => {
    const { map } = replaceSensitive(token('a'), emptyMap('k3vq7a'), all);
    const text = '[REDACTED:github-token:1:other] [REDACTED:github-token:9:k3vq7a]';
    assert.equal(restoreSensitive(text, map), text);
  });

  it('need a tag that fits into them', () => {
    assert.throws(() => emptyMap('Not a tag'), RangeError);
  });
});

describe('what is looked for', () => {
  const text = `${token('a')} ann@posthof.at 10.24.3.17`;
  const kinds = (options: typeof all): string[] =>
    findSensitive(text, options).map(({ kind }) => kind);

  it('is secrets always, personal data and addresses of machines by option', () => {
    assert.deepEqual(kinds(secretsOnly), ['github-token']);
    assert.deepEqual(kinds({ ...secretsOnly, personalData: true }), ['github-token', 'email']);
    assert.deepEqual(kinds({ ...secretsOnly, ipAddresses: true }), ['github-token', 'ip-address']);
  });

  it('is told apart into what opens something and what is about a person', () => {
    assert.deepEqual(kinds(all).map(isSecretKind), [true, false, false]);
    assert.equal(isSecretKind('literal'), false);
  });
});

describe('a private key in a diff', () => {
  it('is gone line by line, each with its sign, so that line numbers stay right', () => {
    const key = fill(
      ' a⏎+§pemb:RSA §⏎+§b64:64§⏎+§b64:64§⏎+§b64:20§⏎+§peme:RSA §⏎-§pemb:§⏎-§b64:64§⏎-§peme:§⏎ b',
      'pem',
    ).text;
    const replaced = replaceSensitive(key, emptyMap('k3vq7a'), secretsOnly).text;
    assert.deepEqual(
      replaced.split('\n').map((line) => line.replace(/:k3vq7a/, '')),
      [
        ' a',
        fill('+§pemb:RSA §', '').text,
        '+[REDACTED:private-key:1]',
        '+[REDACTED:private-key:2]',
        '+[REDACTED:private-key:3]',
        fill('+§peme:RSA §', '').text,
        fill('-§pemb:§', '').text,
        '-[REDACTED:private-key:4]',
        fill('-§peme:§', '').text,
        ' b',
      ],
    );
  });
});
