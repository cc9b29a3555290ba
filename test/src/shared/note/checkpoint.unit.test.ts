import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import {
  cosignersOf,
  formatCheckpoint,
  parseCheckpoint,
  parseWitness,
  type Statement,
} from '../../../../src/shared/note/index.ts';
import { signBytes } from '../../../../src/shared/note/ed25519.ts';
import { formatNote, keyIdOf } from '../../../../src/shared/note/signedNote.ts';
import { TestWitness } from '../../../support/witness.ts';
import { log, signer, statement } from './key.ts';

const origin = `bzzz/local/${log}`;
const lines = formatCheckpoint(statement, signer).split('\n').slice(0, 7);

/** A note of any lines, properly signed. */
function signed(text: readonly string[], by = signer, name = text[0] ?? ''): string {
  const body = `${text.join('\n')}\n`;
  const keyId = keyIdOf(name, 0x01, by.publicKey);
  const bytes = signBytes(Buffer.from(body), by);
  return formatNote({ text: body, signatures: [{ name, keyId, bytes }] });
}

function instead(index: number, line: string): string[] {
  return lines.map((other, at) => (at === index ? line : other));
}

describe('a checkpoint', () => {
  it('is text that a person can read', () => {
    assert.deepEqual(lines, [
      origin,
      '3',
      'rra8/idLcKFPsGel5VeCZNsPqbUa9eC6FZFY8yngbnc=',
      `signer ${Buffer.from(signer.publicKey).toString('hex')}`,
      'time 2026-11-24T03:00:00.000Z',
      `log ${log} 3 ${'11'.repeat(32)} 0`,
      `log ${'ff'.repeat(32)} 0 ${'00'.repeat(32)} 0`,
    ]);
  });

  it('says what was stated, and who has signed it', () => {
    const note = formatCheckpoint(statement, signer);
    const { heads, ...read } = parseCheckpoint(note);
    assert.deepEqual(heads, statement.heads.toReversed());
    const { heads: _given, ...stated } = statement;
    assert.deepEqual(read, {
      ...stated,
      origin,
      signer: Buffer.from(signer.publicKey).toString('hex'),
      text: note.slice(0, note.indexOf('\n\n') + 1),
      cosignatures: [],
    });
  });

  const refused: Record<string, [note: string, why: RegExp]> = {
    'of another kind of log': [signed(instead(0, 'example.com/log')), /first line/],
    'of a node without a proper name': [signed(instead(0, `bzzz/-/${log}`)), /first line/],
    'with a size that begins with 0': [signed(instead(1, '03')), /second line/],
    'with a size below 0': [signed(instead(1, '-3')), /second line/],
    'with a size that no number holds': [signed(instead(1, '9007199254740993')), /second line/],
    'with half a root': [signed(instead(2, 'rra8/idLcKFPsGel5VeCZA==')), /third line/],
    'with a root in hex': [signed(instead(2, statement.root)), /third line/],
    'of nobody': [signed(instead(3, 'signer')), /fourth line/],
    'without a time': [signed(instead(4, 'time today')), /fifth line/],
    'of the 30th of February': [signed(instead(4, 'time 2026-02-30T00:00:00.000Z')), /fifth line/],
    'with a line more': [signed([...lines, 'hello']), /head of a log/],
    'with a log twice': [signed([...lines, lines[6] ?? '']), /in order/],
    'with logs in another order': [
      signed([...lines.slice(0, 5), lines[6] ?? '', lines[5] ?? '']),
      /in order/,
    ],
    'without its own log': [signed([...lines.slice(0, 5), lines[6] ?? '']), /own log/],
    'with two sizes': [signed(instead(1, '4')), /own log/],
    'signed under another name': [signed(lines, signer, 'else'), /has not signed/],
    'of the first three lines alone': [signed(lines.slice(0, 3)), /fourth line/],
  };
  for (const [what, [note, why]] of Object.entries(refused)) {
    it(`is not one ${what}`, () => {
      assert.throws(() => parseCheckpoint(note), { code: 'CHECKPOINT_INVALID', message: why });
    });
  }

  it('is not one that somebody else has signed, who names himself', () => {
    const key = new TestWitness('else', 9).vkey.split('+')[2] ?? '';
    const publicKey = Buffer.from(key, 'base64').subarray(1);
    const foreign = { publicKey, secretKey: new Uint8Array(32).fill(9) };
    const note = signed(instead(3, `signer ${publicKey.toString('hex')}`), foreign);
    assert.throws(() => parseCheckpoint(note), /not who may write the log/);
    assert.throws(() => formatCheckpoint(statement, foreign), /not who may write the log/);
  });

  it('is not written when it could not be read', () => {
    const bad: Statement[] = [
      { ...statement, node: 'a b' },
      { ...statement, size: 4 },
      { ...statement, size: 1.5 },
      { ...statement, at: '2026-11-24' },
      { ...statement, root: 'ab' },
      { ...statement, heads: [...statement.heads, ...statement.heads] },
    ];
    for (const each of bad) {
      assert.throws(() => formatCheckpoint(each, signer), { code: 'CHECKPOINT_INVALID' });
    }
  });
});

describe('a cosignature', () => {
  const one = new TestWitness('witness.example/one', 1);
  const two = new TestWitness('witness.example/two', 2);
  const seconds = 1_795_489_200;
  const note = one.cosign(formatCheckpoint(statement, signer), seconds);

  const cosigners = (text: string, ...witnesses: TestWitness[]) =>
    cosignersOf(
      parseCheckpoint(text),
      witnesses.map(({ vkey }) => parseWitness(vkey)),
    );

  it('is verified with the key of its witness', () => {
    const at = new Date(seconds * 1000).toISOString();
    const verified = [{ name: 'witness.example/one', at }];
    assert.deepEqual(cosigners(note, two, one), { verified, forged: [], unknown: [] });
    const unknown = ['witness.example/one'];
    assert.deepEqual(cosigners(note, two), { verified: [], forged: [], unknown });
    // The same name with another key is somebody else.
    const namesake = new TestWitness('witness.example/one', 3);
    assert.deepEqual(cosigners(note, namesake), { verified: [], forged: [], unknown });
  });

  it('is of this checkpoint, at this time, and whole', () => {
    const later = formatCheckpoint({ ...statement, at: '2026-11-24T03:00:00.001Z' }, signer);
    const [line = ''] = note.split('\n').slice(-2);
    const blob = Buffer.from(line.split(' ')[2] ?? '', 'base64');
    const changed = [4, 11, 12, 75].map((index) =>
      Buffer.from(blob.map((byte, at) => (at === index ? byte ^ 1 : byte))),
    );
    const cut = blob.subarray(0, -1);
    const plain = Buffer.concat([blob.subarray(0, 4), blob.subarray(12)]);
    const altered = [...changed, cut, plain].map(
      (bytes) => `\u2014 witness.example/one ${bytes.toString('base64')}`,
    );
    const forgeries = [`${later}${line}\n`, ...altered.map((other) => note.replace(line, other))];
    for (const forgery of forgeries) {
      const forged = ['witness.example/one'];
      assert.deepEqual(cosigners(forgery, one), { verified: [], forged, unknown: [] });
    }
  });

  it('takes nothing from the signature of the node, however many there are', () => {
    const { cosignatures } = parseCheckpoint(two.cosign(note, seconds));
    assert.deepEqual(
      cosignatures.map(({ name }) => name),
      ['witness.example/one', 'witness.example/two'],
    );
  });

  it('is as the description of the format shows it', async () => {
    const readme = new URL('../../../../src/shared/note/README.md', import.meta.url);
    const [, example = ''] = /^```\n(.*?)^```\n/ms.exec(await readFile(readme, 'utf8')) ?? [];
    assert.equal(example, note);
  });

  it('has a key that says what it is of', () => {
    const [name = '', keyId = '', key = ''] = one.vkey.split('+');
    const ed25519 = Buffer.from(key, 'base64');
    ed25519[0] = 0x01;
    const refused = {
      'not a key': /NAME\+KEYID\+KEY/,
      [`${name}+${keyId}`]: /NAME\+KEYID\+KEY/,
      [`a b+${keyId}+${key}`]: /NAME\+KEYID\+KEY/,
      [`${name}+${keyId}+${key.slice(1)}`]: /NAME\+KEYID\+KEY|type 0x04/,
      [`${name}+${keyId}+${ed25519.toString('base64')}`]: /type 0x04/,
      [`${name}+00000000+${key}`]: /key id/,
      [`other+${keyId}+${key}`]: /key id/,
    };
    for (const [vkey, message] of Object.entries(refused)) {
      assert.throws(() => parseWitness(vkey), { code: 'ARGUMENT_INVALID', message });
    }
  });
});
