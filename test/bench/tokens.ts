import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { countTokens, setMergeCacheSize } from 'gpt-tokenizer/encoding/o200k_base';
import { promptTokenBound } from '../../src/llm/tokens.ts';
import { hostileTexts } from '../src/llm/hostileTexts.ts';
import { compare, measure, timed, type Bench, type Figure } from './harness.ts';

const bytesFull = 1_000_000;
/** A quote is synchronous, so this is how long a hostile change can hold up everything else. */
const targetMs = 250;
/** What looks like a special token is text. */
const asText = { disallowedSpecial: new Set<string>() };

/** The bound of a prompt's tokens: on text that is made to be slow, and on code, beside the exact count. */
export const tokens: Bench = {
  name: 'tokens',
  about: 'the token bound of a megabyte; bare: the exact count of gpt-tokenizer, without its cache',
  async run(size) {
    const bytes = size.of(bytesFull);
    const figures: Figure[] = [];
    for (const [name, make] of Object.entries(hostileTexts)) {
      const text = make(bytes);
      const figure = { name, unit: 'ms', target: { value: targetMs } } as const;
      figures.push(await measure(size, figure, () => timed(() => bound(text))));
    }
    const code = sourceCode().slice(0, bytes);
    // The cache of the library would know every piece from the round before.
    setMergeCacheSize(0);
    const samples = {
      ours: () => timed(() => bound(code)),
      bare: () => timed(() => countTokens(code, asText)),
    };
    figures.push(await compare(size, { name: 'source code', unit: 'ms' }, samples));
    return figures;
  },
};

function bound(content: string): number {
  return promptTokenBound({ messages: [{ role: 'user', content }] }, 'o200k');
}

function sourceCode(): string {
  const root = join(import.meta.dirname, '../..');
  return globSync('{src,events,actors,projections,test}/**/*.ts', { cwd: root })
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .join('\n');
}
