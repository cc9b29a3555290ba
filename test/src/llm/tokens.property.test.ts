import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { promptTokenBound } from '../../../src/llm/tokens.ts';
import { referenceCount } from './referenceTokenizer.ts';

/** What the content of a message adds to the bound of its prompt. */
function boundOf(content: string, encoding: 'o200k' | 'bytes' = 'o200k'): number {
  const prompt = (text: string) => ({ messages: [{ role: 'user' as const, content: text }] });
  return promptTokenBound(prompt(content), encoding) - promptTokenBound(prompt(''), encoding);
}

/** Snippets in which the split, the merges or the two regex dialects have something to get wrong. */
const awkward = [
  ['\n', '\r\n', '\n\n', ' ', '  ', '\t', '\u0085', '\uFEFF', '\u00A0', '\u3000', '\n/', '/', '+'],
  ["it's", "it'\u017F", "WE'LL", "'", '\u017F', 'ABCdef', '\u01C6', '\u01C5', '12345', '½', '٣٤'],
  ['<|endoftext|>', '<|im_start|>', '\uD83D', '\uDE00', '👩‍👩‍👧', '🇳🇴', 'e\u0301', '\u0301', '中文'],
  ['\u{2EBF0}', '\u{16D43}', '\u{1D400}', '\uA7CB', '\u1C89', '\u{E0100}', '\u{10FFFF}', '\u180E'],
  [
    'a'.repeat(70),
    '中'.repeat(30),
    '-'.repeat(80),
    ' '.repeat(90),
    '\n'.repeat(70),
    '!==',
    '() =>',
  ],
].flat();

const anyText = fc.oneof(
  fc
    .array(fc.oneof(fc.constantFrom(...awkward), fc.string({ maxLength: 8 })), { maxLength: 30 })
    .map((all) => all.join('')),
  fc.string({ unit: 'binary', maxLength: 120 }),
  fc.string({ unit: 'grapheme', maxLength: 120 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 80 })
    .map((units) => String.fromCharCode(...units)),
);

function sourceCode(): string {
  const root = join(import.meta.dirname, '../../..');
  return globSync('{src,events,test}/**/*.ts', { cwd: root })
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .join('\n');
}

describe('the token bound of a text', () => {
  it('is never below what the encoding counts', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const [bound, exact] = [boundOf(text), referenceCount(text)];
        assert.ok(bound >= exact, `${JSON.stringify(text)}: ${bound} < ${exact}`);
      }),
      { numRuns: 3000 },
    );
  });

  it('is exact for ASCII without long pieces', () => {
    const word = fc.string({ unit: 'grapheme-ascii', maxLength: 12 });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 20 }), (words) => {
        const text = words.join(' ');
        assert.equal(boundOf(text), referenceCount(text));
      }),
    );
  });

  it('is within 1 % of the count for source code', () => {
    const code = sourceCode();
    const [bound, exact] = [boundOf(code), referenceCount(code)];
    assert.ok(exact > 20_000 && bound >= exact, `${bound} of ${exact}`);
    assert.ok(bound <= exact * 1.01, `${bound} for ${exact}`);
  });

  it('does not grow the count of its neighbours when a line has a byte order mark', () => {
    const lines = 'const answer = compute(question);\n'.repeat(100);
    assert.ok(boundOf(`\uFEFFusing System;\n${lines}`) <= referenceCount(lines) + 20);
  });

  it('is every byte when the tokenizer is not known', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        assert.equal(boundOf(text, 'bytes'), Buffer.byteLength(text.toWellFormed()));
      }),
    );
  });
});

describe('the token bound of a prompt', () => {
  const messages = [{ role: 'user' as const, content: 'Review this.' }];

  it('counts each message, and more for it than the chat format takes', () => {
    const one = promptTokenBound({ messages }, 'o200k');
    const two = promptTokenBound({ messages: [...messages, ...messages] }, 'o200k');
    assert.ok(two - one >= referenceCount('Review this.') + referenceCount('user') + 6);
  });

  it('counts the schema', () => {
    const schema = { name: 'bzzz_review', schema: { type: 'object', required: ['summary'] } };
    for (const encoding of ['o200k', 'bytes'] as const)
      assert.ok(
        promptTokenBound({ messages, schema }, encoding) >=
          promptTokenBound({ messages }, encoding) +
            referenceCount(JSON.stringify(schema.schema)) +
            referenceCount(schema.name),
      );
  });
});

describe('the token bound of a hostile megabyte', () => {
  const megabyte = 1_000_000;
  const repeat = (text: string) => text.repeat(Math.ceil(megabyte / Buffer.byteLength(text)));
  /** Reproducible, and different everywhere: every piece has to be merged anew. */
  const scrambled = (alphabet: string, pieceLength: number, between: string): string => {
    let state = 1;
    let text = '';
    for (let at = 1; text.length < megabyte; at += 1) {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      text += alphabet[Math.floor(state / 65_536) % alphabet.length];
      if (at % pieceLength === 0) text += between;
    }
    return text;
  };
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  const base64 = `${letters}${letters.toUpperCase()}0123456789+/`;
  const hostile: Record<string, string> = {
    'of one letter': repeat('a'),
    'of unbroken Chinese': repeat('的一是在不了有和人这中大为上个国'),
    'of base64': scrambled(base64, megabyte, ''),
    'of emoji': repeat('😀👩‍👩‍👧🇳🇴'),
    'of blanks': repeat(' '),
    'of line ends': repeat('\n'),
    'of combining marks': `e${repeat('\u0301')}`,
    'of byte order marks on lines': repeat('\uFEFF\n'),
    'of words that are just short enough to be merged': scrambled(letters, 63, ' '),
    'of words as long as a chapter': scrambled(letters, 10_000, ' '),
    'of short words that nobody uses': scrambled(letters, 12, ' '),
  };

  /** Fastest of three, in ms: the machine's other work only ever adds. */
  const timed = (work: () => unknown): number => {
    const runs = [1, 2, 3].map(() => {
      const startedMs = performance.now();
      work();
      return performance.now() - startedMs;
    });
    return Math.min(...runs);
  };
  const characters = (text: string): number => {
    let count = 0;
    for (const character of text) count += character.length;
    return count;
  };

  for (const [what, text] of Object.entries(hostile))
    it(`${what} takes at most 40 times as long as reading it`, () => {
      boundOf('warm');
      const [readMs, boundMs] = [timed(() => characters(text)), timed(() => boundOf(text))];
      assert.ok(
        boundMs <= 40 * readMs,
        `${boundMs.toFixed(1)} ms, reading ${readMs.toFixed(1)} ms`,
      );
      assert.ok(boundOf(text) <= Buffer.byteLength(text));
    });
});
