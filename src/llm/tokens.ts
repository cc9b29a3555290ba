import { createRequire } from 'node:module';
import { O200K_TOKEN_SPLIT_REGEX } from 'gpt-tokenizer/encodingParams/constants';
import type * as O200kBase from 'gpt-tokenizer/encoding/o200k_base';
import type { ModelRequest } from '../ports.ts';

/**
 * How many tokens a prompt can be at most. The bound must hold for any text and in bounded time, since
 * both money and the event loop depend on it and a change under review can be hostile.
 */

/** o200k: OpenAI's models since gpt-4o. bytes: any other tokenizer. */
type Encoding = 'o200k' | 'bytes';

// Role and delimiters of a message take 4 tokens in ChatML and 4 to 6 in Harmony; the templates of
// open models take more, and some add a short system text of their own. No provider documents more.
const messageFraming = 16;
const requestFraming = 96;

/**
 * Upper bound of the prompt's tokens. Of the texts it is provable (see `createCounter`); for the framing,
 * which providers do not publish, it is an allowance; the schema counts as indented JSON. With `bytes`
 * every byte is a token: true of any byte-level or byte-fallback tokenizer that does not rewrite text.
 */
export function promptTokenBound(
  { messages, schema }: Pick<ModelRequest, 'messages' | 'schema'>,
  encoding: Encoding,
): number {
  const count = encoding === 'o200k' ? createCounter() : byteCount;
  let tokens = requestFraming + messages.length * messageFraming;
  for (const { content } of messages) tokens += count(content);
  if (schema !== undefined)
    tokens += count(schema.name) + count(JSON.stringify(schema.schema, null, 2));
  return tokens;
}

function byteCount(text: string): number {
  return Buffer.byteLength(text);
}

/** Merging a piece takes time with its square, so longer pieces are not merged. */
const mergedPieceLengthMax = 64;

/**
 * Merged for one prompt at most, each piece once: several times what the vocabulary of real code and
 * prose needs, and 100 ms of a hostile one. What comes after counts by its bytes.
 */
const mergedBytesMax = 128 * 1024;

/**
 * Counts tokens of o200k and never too few. The encoding splits text into pieces and merges the bytes of
 * each into tokens. A token is at least one byte, so the bytes of a piece bound its tokens.
 */
function createCounter(): CountTokens {
  const countTokens = loadO200k();
  const known = new Map<string, number>();
  let mergedBytesLeft = mergedBytesMax;
  const countPiece = (piece: string): number => {
    if (piece.length > mergedPieceLengthMax) return byteCount(piece);
    const seen = known.get(piece);
    if (seen !== undefined) return seen;
    const bytes = byteCount(piece);
    if (bytes > mergedBytesLeft) return bytes;
    mergedBytesLeft -= bytes;
    const tokens = countTokens(piece);
    known.set(piece, tokens);
    return tokens;
  };
  return (text) => {
    let tokens = 0;
    for (const part of disputed.test(text) ? text.split(certainBoundary) : [text]) {
      if (disputed.test(part)) tokens += byteCount(part);
      else
        for (const [piece] of part.matchAll(O200K_TOKEN_SPLIT_REGEX)) tokens += countPiece(piece);
    }
    return tokens;
  };
}

/**
 * Characters that our split may class otherwise than the server's, which is a regex of Rust: NEL and the
 * byte order mark (white space there or here only), the long s (a contraction there), what Unicode has
 * assigned since version 15, and rarer scripts. Lines that have one count by their bytes.
 */
const disputed =
  /[\u0085\uFEFF\u017F\u088F\u0897\u0C5C\u0CDC\u1C89\u1C8A\uA7CB-\uA7DC\uA7F1]|[\u1ACF-\u1AEB]|\p{Cn}|(?=[\u{10000}-\u{10FFFF}])[\p{L}\p{M}\p{N}]/u;

/** Line ends at which every reading of the split starts a new piece, whatever is around. */
const certainBoundary = /(?<=\n)(?=[\t ]*[!-.0-~])/;

type CountTokens = (text: string) => number;

let countO200k: CountTokens | undefined;

// 110 ms and 75 MB, so only when a prompt has to be counted; synchronous, as the decision to hold money is.
function loadO200k(): CountTokens {
  if (countO200k !== undefined) return countO200k;
  const encoding: unknown = createRequire(import.meta.url)('gpt-tokenizer/encoding/o200k_base');
  if (!isEncoding(encoding)) throw new TypeError('gpt-tokenizer has changed its interface');
  // Its cache lives for ever, and so do the prompts that the pieces in it were cut from.
  encoding.setMergeCacheSize(0);
  // Text such as <|endoftext|> is text, as it is for the API, and not a reason to throw.
  const asText = { disallowedSpecial: new Set<string>() };
  countO200k = (text) => encoding.countTokens(text, asText);
  return countO200k;
}

function isEncoding(
  value: unknown,
): value is Pick<typeof O200kBase, 'countTokens' | 'setMergeCacheSize'> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'countTokens' in value &&
    'setMergeCacheSize' in value
  );
}
