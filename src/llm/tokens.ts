import type { ModelRequest } from '../ports.ts';
import { encodingOf, type EncodingName } from './tokens/encodings.ts';

/**
 * How many tokens a prompt can be at most. The bound must hold for any text and in bounded time, since
 * both money and the event loop depend on it and a change under review can be hostile.
 */

// Role and delimiters of a message take 4 tokens in ChatML and 4 to 6 in Harmony; the templates of
// open models take more, and some add a short system text of their own. No provider documents more.
const messageFraming = 16;
const requestFraming = 96;

/**
 * Upper bound of the prompt's tokens. Of the texts it is provable (see `createCounter`); for the framing,
 * which providers do not publish, it is an allowance; the schema counts as indented JSON. With `bytes`,
 * for any other tokenizer than OpenAI's, every byte is a token: true of any byte-level or byte-fallback
 * tokenizer that does not rewrite text.
 */
export function promptTokenBound(
  { messages, schema }: Pick<ModelRequest, 'messages' | 'schema'>,
  encoding: EncodingName | 'bytes',
): number {
  const count = encoding === 'bytes' ? byteCount : createCounter(encoding);
  let tokens =
    requestFraming + messages.length * messageFraming + textTokens(messages, encoding, count);
  if (schema !== undefined)
    tokens += count(schema.name) + count(JSON.stringify(schema.schema, null, 2));
  return tokens;
}

/** By prompt and encoding: the same prompt is priced for several models, and again when it is sent. */
const counted = new WeakMap<ModelRequest['messages'], Map<string, number>>();

function textTokens(
  messages: ModelRequest['messages'],
  encoding: string,
  count: (text: string) => number,
): number {
  const known = counted.get(messages) ?? new Map<string, number>();
  counted.set(messages, known);
  const seen = known.get(encoding);
  if (seen !== undefined) return seen;
  const tokens = messages.reduce((sum, { content }) => sum + count(content), 0);
  known.set(encoding, tokens);
  return tokens;
}

/** An upper bound of the tokens of a text in today's encoding of OpenAI. */
export function tokenBound(text: string): number {
  return createCounter('o200k')(text);
}

function byteCount(text: string): number {
  return Buffer.byteLength(text);
}

/** Up to here merging takes about 0.6 us for each byte; from here on, time with the square of the piece. */
const mergedPieceBytesMax = 1024;

/**
 * Merged for one prompt at most, each piece once: several times what the vocabulary of real code and
 * prose needs, and 100 ms of a hostile one. What comes after counts by its bytes.
 */
const mergedBytesMax = 128 * 1024;

/** UTF-16 code units. On some texts twice as long the regex engine runs out of stack. */
const splitLengthMax = 2 ** 21;

/**
 * Counts tokens and never too few. The encoding splits text into pieces and merges the bytes of each into
 * tokens. A token is at least one byte, so the bytes of a piece bound its tokens.
 */
function createCounter(name: EncodingName): (text: string) => number {
  const { split, countTokens } = encodingOf(name);
  const known = new Map<string, number>();
  const words = wordsOf(name);
  let mergedBytesLeft = mergedBytesMax;
  const countPiece = (piece: string): number => {
    if (words.has(piece)) return 1;
    if (piece.length > mergedPieceBytesMax) return byteCount(piece);
    const seen = known.get(piece);
    if (seen !== undefined) return seen;
    const bytes = byteCount(piece);
    if (bytes > Math.min(mergedBytesLeft, mergedPieceBytesMax)) return bytes;
    mergedBytesLeft -= bytes;
    const tokens = countTokens(piece);
    known.set(piece, tokens);
    if (tokens === 1) words.add(piece);
    return tokens;
  };
  const countPart = (part: string): number => {
    if (part.length > splitLengthMax || disputed.test(part)) return byteCount(part);
    let tokens = 0;
    for (const [piece] of part.matchAll(split)) tokens += countPiece(piece);
    return tokens;
  };
  return (text) => {
    if (text.length <= splitLengthMax && !disputed.test(text)) return countPart(text);
    let tokens = 0;
    for (const part of text.split(certainBoundary)) tokens += countPart(part);
    return tokens;
  };
}

/**
 * Pieces that are one token, so words of the vocabulary, which is public, and no more than it has: what was
 * looked up once needs no merging in any prompt.
 */
const vocabularies = new Map<EncodingName, Set<string>>();

function wordsOf(name: EncodingName): Set<string> {
  const words = vocabularies.get(name) ?? new Set<string>();
  vocabularies.set(name, words);
  return words;
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
