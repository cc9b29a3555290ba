import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { promptTokenBound } from '../../../src/llm/tokens.ts';
import { hostileTexts } from './hostileTexts.ts';
import { referenceCount } from './referenceTokenizer.ts';

const encodings = ['o200k', 'cl100k'] as const;

/** What the content of a message adds to the bound of its prompt. */
function boundOf(content: string, encoding: 'o200k' | 'cl100k' | 'bytes' = 'o200k'): number {
  const prompt = (text: string) => ({ messages: [{ role: 'user' as const, content: text }] });
  return promptTokenBound(prompt(content), encoding) - promptTokenBound(prompt(''), encoding);
}

/** Snippets in which the split, the merges or the two regex dialects have something to get wrong. */
const awkward = [
  ['\n', '\r\n', '\n\n', ' ', '  ', '\t', '\u0085', '\uFEFF', '\u00A0', '\u3000', '\n/', '/', '+'],
  ["it's", "it'\u017F", "WE'LL", "'", '\u017F', 'ABCdef', '\u01C6', '\u01C5', '12345', '½', '٣٤'],
  ["'re", "'VE", "'d'll", 'x\n  ', '\n \n', ' \r', '\u2028', '!\n/', '\u00AD', '\u200D', '\uFFFD'],
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
    `|${' '.repeat(150)}|`,
    '=-'.repeat(90),
    'Ж'.repeat(80),
  ],
].flat();

/** White space and letters here or there only, and what they change the reading of. */
const disputed = [
  ['\uFEFF', '\u0085', '\u017F', '\uA7CB', '\u1C89', '\u{16D43}', '\u{1D400}'],
  [' ', '\n', 'a', 'A', "'", '1', '!', '/'],
].flat();

const hostile = fc
  .tuple(fc.constantFrom(...Object.values(hostileTexts)), fc.nat(2000), fc.nat(200))
  .map(([make, from, length]) => make(3000).slice(from, from + length));

const anyText = fc.oneof(
  fc
    .array(fc.oneof(fc.constantFrom(...awkward), fc.string({ maxLength: 8 })), { maxLength: 30 })
    .map((all) => all.join('')),
  fc
    .array(fc.oneof(hostile, fc.constantFrom(...awkward)), { maxLength: 4 })
    .map((all) => all.join('')),
  fc.string({ unit: 'binary', maxLength: 120 }),
  fc.string({ unit: 'grapheme', maxLength: 120 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 80 })
    .map((units) => String.fromCharCode(...units)),
);

function textsOf(pattern: string): string[] {
  const root = join(import.meta.dirname, '../../..');
  return globSync(pattern, { cwd: root }).map((file) => readFileSync(join(root, file), 'utf8'));
}
const code = textsOf('{src,events}/**/*.ts').join('\n');

for (const encoding of encodings)
  describe(`the token bound of a text in ${encoding}`, () => {
    it('is never below what the encoding counts, nor above its bytes', () => {
      fc.assert(
        fc.property(anyText, (text) => {
          const [bound, exact] = [boundOf(text, encoding), referenceCount(text, encoding)];
          assert.ok(bound >= exact, `${JSON.stringify(text)}: ${bound} < ${exact}`);
          assert.ok(bound <= Buffer.byteLength(text), `${JSON.stringify(text)}: ${bound}`);
        }),
        { numRuns: 2000 },
      );
    });

    it('is exact for ASCII', () => {
      const word = fc.string({ unit: 'grapheme-ascii', maxLength: 12 });
      fc.assert(
        fc.property(fc.array(word, { maxLength: 20 }), (words) => {
          const text = words.join(' ');
          assert.equal(boundOf(text, encoding), referenceCount(text, encoding));
        }),
      );
    });

    it('is within 1 % of the count for source code', () => {
      const [bound, exact] = [boundOf(code, encoding), referenceCount(code, encoding)];
      assert.ok(exact > 20_000 && bound >= exact, `${bound} of ${exact}`);
      assert.ok(bound <= exact * 1.01, `${bound} for ${exact}`);
    });

    it('is within 1 % of the count for prose, page by page, tables and all', () => {
      const pages = textsOf(
        '{README.md,node_modules/{commander,fast-check,fast-uri,xstate}/README.md}',
      );
      assert.ok(pages.length >= 4);
      for (const page of pages) {
        const [bound, exact] = [boundOf(page, encoding), referenceCount(page, encoding)];
        assert.ok(bound >= exact && bound <= exact * 1.01, `${bound} for ${exact}`);
      }
    });

    it('is never below for any three fragments of which two tokenizers think differently', () => {
      for (const first of disputed)
        for (const second of disputed)
          for (const third of disputed) {
            const text = `${first}${second}${third}`;
            const [bound, exact] = [boundOf(text, encoding), referenceCount(text, encoding)];
            assert.ok(bound >= exact, `${JSON.stringify(text)}: ${bound} < ${exact}`);
          }
    });
  });

describe('the token bound of a text', () => {
  it('is not below for what is too long or too much to be merged', () => {
    const word = hostileTexts['words as long as a chapter']?.(1500) ?? '';
    const words = hostileTexts['short words that nobody uses']?.(200_000) ?? '';
    assert.ok(word.length > 1400 && words.length > 200_000);
    for (const text of [word, words]) {
      const [bound, exact] = [boundOf(text), referenceCount(text)];
      assert.ok(bound >= exact && exact > 500, `${bound} < ${exact}`);
    }
  });

  it('stays close for a text that is longer than a regex can split at once', () => {
    const times = Math.ceil(5_000_000 / code.length);
    assert.ok(boundOf(code.repeat(times)) <= boundOf(code) * times * 1.01);
  });

  it('is there for a text that no regex can split', () => {
    const marks = `e${'\u0301'.repeat(9_000_000)}`;
    for (const encoding of encodings)
      assert.equal(boundOf(marks, encoding), Buffer.byteLength(marks));
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
    for (const encoding of ['o200k', 'cl100k', 'bytes'] as const)
      assert.ok(
        promptTokenBound({ messages, schema }, encoding) >=
          promptTokenBound({ messages }, encoding) +
            referenceCount(JSON.stringify(schema.schema)) +
            referenceCount(schema.name),
      );
  });
});
