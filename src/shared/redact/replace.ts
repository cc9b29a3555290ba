import { findSensitive } from './find.ts';
import type { RedactOptions } from './kinds.ts';
import {
  findPlaceholders,
  literalKind,
  replacePlaceholders,
  writePlaceholder,
} from './placeholder.ts';

/** What the placeholders of a subject stand for. Never changed in place. */
export type RestoreMap = {
  /** Small letters and digits that nobody could guess; part of each placeholder. */
  readonly tag: string;
  readonly values: ReadonlyMap<string, string>;
};

/**
 * A map of nothing yet.
 * @param tag random, 1 to 16 small letters and digits
 * @throws RangeError for a tag that no placeholder can hold: nothing could be restored
 */
export function emptyMap(tag: string): RestoreMap {
  if (!/^[a-z0-9]{1,16}$/.test(tag)) throw new RangeError('A tag is 1 to 16 of a-z and 0-9.');
  return { tag, values: new Map() };
}

/** A text gives up what is sensitive in very few rounds; more of them would hide an error. */
const roundsMax = 16;

/**
 * The text with a placeholder for each sensitive part, and the map that has them all: the same map if there
 * was nothing new. The same value has the same placeholder throughout a map, numbered by kind in the order
 * of first appearance. Lines stay lines. Redacting the result again changes nothing. A text that only looks
 * like a placeholder of this map is replaced too, so that it is restored as it was.
 */
export function replaceSensitive(
  text: string,
  map: RestoreMap,
  options: RedactOptions,
): { text: string; map: RestoreMap } {
  const grown = new GrowingMap(map);
  let result = replacePlaceholders(text, (found) =>
    map.values.has(found) ? found : grown.placeholderOf(found, literalKind),
  );
  // What is left beside a placeholder can look like something else than before: until nothing is found.
  for (let round = 0; round < roundsMax; round += 1) {
    const spans = findSensitive(result, options);
    if (spans.length === 0) break;
    const parts: string[] = [];
    let at = 0;
    for (const { from, to, kind } of spans) {
      parts.push(result.slice(at, from), grown.placeholderOf(result.slice(from, to), kind));
      at = to;
    }
    result = [...parts, result.slice(at)].join('');
  }
  return { text: result, map: grown.done() };
}

/** The text with what the placeholders of this map stand for; other placeholders stay. */
export function restoreSensitive(text: string, map: RestoreMap): string {
  return replacePlaceholders(text, (found) => map.values.get(found) ?? found);
}

class GrowingMap {
  readonly #before: RestoreMap;
  readonly #values: Map<string, string>;
  readonly #placeholders = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  constructor(before: RestoreMap) {
    this.#before = before;
    this.#values = new Map(before.values);
    for (const [placeholder, value] of before.values) {
      this.#placeholders.set(value, placeholder);
      for (const { kind } of findPlaceholders(placeholder)) this.#next(kind);
    }
  }

  placeholderOf(value: string, kind: string): string {
    const known = this.#placeholders.get(value);
    if (known !== undefined) return known;
    const placeholder = writePlaceholder(kind, this.#next(kind), this.#before.tag);
    this.#placeholders.set(value, placeholder);
    this.#values.set(placeholder, value);
    return placeholder;
  }

  done(): RestoreMap {
    const grew = this.#values.size > this.#before.values.size;
    return grew ? { tag: this.#before.tag, values: this.#values } : this.#before;
  }

  #next(kind: string): number {
    const number = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, number);
    return number;
  }
}
