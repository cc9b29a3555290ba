import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { readChange } from '../../../../src/offline/code/change.ts';
import { examine } from '../../../../src/offline/examine.ts';
import { parseDiff } from '../../../../src/shared/diff/index.ts';
import { emptyMap, replaceSensitive } from '../../../../src/shared/redact/index.ts';
import { describeKind, fileChanges, lines, proposalsOf } from '../support.ts';

const sample = readFileSync(`${import.meta.dirname}/../../../../src/cli/demo/sample.diff`, 'utf8');
const options = { personalData: true, ipAddresses: true };

function shown(kind: string, number = 1): string {
  return `[REDACTED:${kind}:${number}:k3vq7a]`;
}

describeKind(
  'secret',
  [
    [{ 'src/ci.ts': `push('${shown('github-token')}');` }, 'A GitHub token is committed'],
    [{ 'test/ci.test.ts': `push('${shown('github-token')}');` }, 'A GitHub token is committed'],
    [{ 'src/s3.py': `KEY = "${shown('aws-access-key')}"` }, 'An AWS access key id'],
    [{ 'src/mail.ts': `const apiKey = '${shown('secret')}';` }, '`apiKey` is hard-coded'],
    [{ '.env': `STRIPE_SECRET=${shown('password')}` }, '`STRIPE_SECRET` is hard-coded'],
    [
      { 'src/db.ts': `connect('postgres://shop:${shown('url-password')}@db.eu/shop');` },
      'The URL holds the password of `shop`',
    ],
    [{ 'src/http.ts': `send('Bearer ${shown('authorization')}');` }, 'A credential is committed'],
    [{ 'keys/id': `${shown('private-key')}\n${shown('private-key', 2)}` }, 'A private key'],
  ],
  [
    { 'src/mail.ts': `const token = '${shown('email')}';` },
    { 'src/mail.ts': `const password = '${shown('literal')}';` },
    { 'src/a.ts': `~ push('${shown('github-token')}');\nconst other = 1;` },
    { '.env.example': `STRIPE_SECRET=${shown('secret')}` },
    { 'test/login.test.ts': `const password = '${shown('password')}';` },
    { 'docs/login.md': `Send the password ${shown('password')} to all.` },
  ],
);

describe('a secret that was taken out', () => {
  it('is as serious as one that is shown', () => {
    const [found] = examine(readChange(fileChanges({ 'a.ts': `f('${shown('npm-token')}');` })));
    assert.deepEqual([found?.rule.kind, found?.severity], ['secret', 'critical']);
  });

  it('is found once, however many lines it had', () => {
    const begin = ['-----BEGIN RSA ', 'PRIVATE KEY-----'].join('');
    const body = [1, 2, 3, 4, 5, 6].map((number) => shown('private-key', number));
    const found = examine(readChange(fileChanges({ 'deploy/key.pem': lines(begin, ...body) })));
    assert.deepEqual(
      found.filter(({ rule }) => rule.kind === 'secret').map(({ line }) => line),
      [1],
    );
  });

  it('leaves the review of the sample as it was', () => {
    const { text } = replaceSensitive(sample, emptyMap('k3vq7a'), options);
    assert.match(text, /webhookSecret = '\[REDACTED:[a-z-]+:1:k3vq7a\]'/);
    assert.deepEqual(proposalsOf(parseDiff(text)), proposalsOf(parseDiff(sample)));
  });
});
