import { createRequire } from 'node:module';

/** The tokenizers of OpenAI: cl100k up to gpt-4-turbo, o200k since gpt-4o. */
export type EncodingName = 'o200k' | 'cl100k';

export type Encoding = {
  /** Matches the pieces that a text is split into; each becomes tokens of its own. */
  readonly split: RegExp;
  /** Exact, and takes time with the square of the length of a piece. */
  readonly countTokens: (text: string) => number;
};

const loaded = new Map<EncodingName, Encoding>();

/**
 * The encoding of that name. The first call takes up to 110 ms and 75 MB, so it is made only when a prompt
 * has to be counted; synchronous, as the decision to hold money is.
 */
export function encodingOf(name: EncodingName): Encoding {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const encoding = load(name);
  loaded.set(name, encoding);
  return encoding;
}

// Text such as <|endoftext|> is text, as it is for the API, and not a reason to throw.
const asText = { disallowedSpecial: new Set<string>() };

function load(name: EncodingName): Encoding {
  const fromPackage = createRequire(import.meta.url);
  const constants: unknown = fromPackage('gpt-tokenizer/encodingParams/constants');
  const tokenizer: unknown = fromPackage(`gpt-tokenizer/encoding/${name}_base`);
  const split = member(constants, `${name.toUpperCase()}_TOKEN_SPLIT_REGEX`);
  const countTokens = member(tokenizer, 'countTokens');
  const setMergeCacheSize = member(tokenizer, 'setMergeCacheSize');
  if (!(split instanceof RegExp) || !isFunction(countTokens) || !isFunction(setMergeCacheSize))
    throw new TypeError('gpt-tokenizer has changed its interface');
  // Its cache lives for ever, and so do the prompts that the pieces in it were cut from.
  setMergeCacheSize(0);
  return { split, countTokens: (text) => Number(countTokens(text, asText)) };
}

function member(of: unknown, key: string): unknown {
  return typeof of === 'object' && of !== null ? Reflect.get(of, key) : undefined;
}

function isFunction(value: unknown): value is (...args: readonly unknown[]) => unknown {
  return typeof value === 'function';
}
