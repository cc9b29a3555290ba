import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isSignedBy, signBytes } from '../../../../src/shared/note/ed25519.ts';
import {
  formatNote,
  keyIdOf,
  parseNote,
  splitNotes,
} from '../../../../src/shared/note/signedNote.ts';

// From golang.org/x/mod/sumdb/note, note_test.go.
const peter = {
  publicKey: Buffer.from('GlzZBxQ8OExB6DDFvOEqqIF+xWSaqr8sMTiLNbLXRNY=', 'base64'),
  secretKey: Buffer.from('gQoUAtUUbI2E8kQzMPVAgOv5juF9nHT2JS/F1ccoMXM=', 'base64'),
};
const text =
  'If you think cryptography is the answer to your problem,\n' +
  "then you don't know what your problem is.\n";
const line =
  '\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';
// From c2sp.org/tlog-cosignature.
const spec = `example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
\u2014 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
`;

describe('a signed note', () => {
  it('is the one that the reference implementation writes, byte for byte', () => {
    const keyId = keyIdOf('PeterNeumann', 0x01, peter.publicKey);
    assert.equal(keyId, 'c74f20a3');
    const bytes = signBytes(Buffer.from(text), peter);
    const note = formatNote({ text, signatures: [{ name: 'PeterNeumann', keyId, bytes }] });
    assert.equal(note, `${text}\n${line}`);
  });

  it('is read, and its signature verified', () => {
    const { text: read, signatures } = parseNote(`${text}\n${line}`);
    assert.equal(read, text);
    const [signature] = signatures;
    assert.ok(signature && signatures.length === 1);
    assert.equal(signature.name, 'PeterNeumann');
    assert.equal(isSignedBy(peter.publicKey, Buffer.from(text), signature.bytes), true);
    assert.equal(isSignedBy(peter.publicKey, Buffer.from(`${text} `), signature.bytes), false);
  });

  it('is read with all its signatures as in the specification of cosignatures', () => {
    const { signatures } = parseNote(spec);
    assert.deepEqual(
      signatures.map(({ name, keyId, bytes }) => [name, keyId, bytes.length]),
      [
        ['example.com/behind-the-sofa', '033de0ae', 64],
        ['witness.example.com/w1', '8d66cf3f', 72],
      ],
    );
    assert.equal(Buffer.from(signatures[1]?.bytes ?? []).readBigUInt64BE(), 1679315147n);
    assert.equal(formatNote(parseNote(spec)), spec);
  });

  it('may hold empty lines: the last one parts text and signatures', () => {
    assert.equal(parseNote(`a\n\nb\n\n${line}`).text, 'a\n\nb\n');
  });

  it('may hold up to a hundred signatures', () => {
    assert.equal(parseNote(`${text}\n${line.repeat(100)}`).signatures.length, 100);
    assert.throws(() => parseNote(`${text}\n${line.repeat(101)}`), /more than 100 signatures/);
  });

  const refused: Record<string, [note: string, why: RegExp]> = {
    'nothing at all': ['', /no empty line/],
    'a text without signatures': [text, /no empty line/],
    'a text with an empty end': [`${text}\n`, /last line is not whole/],
    'signatures without a text': [`\n\n${line}`, /no empty line/],
    'a last line that was cut off': [`${text}\n${line.trimEnd()}`, /last line is not whole/],
    'another dash': [`${text}\n${line.replace('\u2014', '-')}`, /not a signature/],
    'another dash that looks the same': [
      `${text}\n${line.replace('\u2014', '\u2015')}`,
      /not a sig/,
    ],
    'no blank behind the dash': [
      `${text}\n${line.replace('\u2014 ', '\u2014')}`,
      /not a signature/,
    ],
    'a name with a plus': [`${text}\n${line.replace('rN', 'r+N')}`, /not a signature/],
    'a name with a hard blank': [`${text}\n${line.replace('rN', 'r\u00a0N')}`, /not a signature/],
    'a fourth word': [`${text}\n${line.replace('\n', ' x\n')}`, /not a signature/],
    'base64 without its padding': [`${text}\n${line.replace('=\n', '\n')}`, /not a signature/],
    'base64 with bits to spare': [`${text}\n${line.replace('nAM=', 'nAN=')}`, /not a signature/],
    'base64 for URLs': [`${text}\n${line.replace('/', '_')}`, /not a signature/],
    'a key id alone': [`${text}\n\u2014 PeterNeumann x08gow==\n`, /not a signature/],
    'line ends of Windows': [`${text}\n${line}`.replaceAll('\n', '\r\n'), /control character/],
    'a zero byte': [`\0${text}\n${line}`, /control character/],
    'half a character': [`\ud800${text}\n${line}`, /not UTF-8/],
    'too much': [`${'x'.repeat(17 * 1024 * 1024)}\n\n${line}`, /larger than 16777216 bytes/],
  };
  for (const [what, [note, why]] of Object.entries(refused)) {
    it(`is not ${what}`, () => {
      assert.throws(() => parseNote(note), { code: 'CHECKPOINT_INVALID', message: why });
    });
  }
});

describe('a file of notes', () => {
  it('is split where the signatures end, with or without empty lines between', () => {
    const note = `${text}\n${line}`;
    const twice = `a\n\nb\n\n${line}${line}`;
    assert.deepEqual(splitNotes(Buffer.from(note)), [note]);
    assert.deepEqual(splitNotes(Buffer.from(note + twice + note)), [note, twice, note]);
    assert.deepEqual(splitNotes(Buffer.from(`\n${note}\n\n${twice}\n`)), [note, twice]);
    assert.deepEqual(splitNotes(Buffer.from('\n\n')), []);
    assert.deepEqual(splitNotes(Buffer.from(`${note}rest`)), [note, 'rest']);
  });

  it('is UTF-8', () => {
    assert.throws(() => splitNotes(Buffer.of(0xff)), { code: 'CHECKPOINT_INVALID' });
  });
});
