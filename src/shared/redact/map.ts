import { findSensitive } from './find.ts';
import type { RedactOptions } from './kinds.ts';
import {
  findPlaceholders,
  literalKind,
  replacePlaceholders,
  writePlaceholder,
} from './placeholder.ts';

/** What the placeholders of one conversation stand for. Plain JSON; whoever has it, has the secrets. */
export type RestoreMap = {
  /** 1 to 16 of `a-z0-9`, random: tells the placeholders of this map from those of others. */
  readonly tag: string;
  /** Originals by placeholder. */
  readonly entries: Readonly<Record<string, string>>;
};

/** @throws RangeError for a tag that no placeholder can hold */
export function emptyMap(tag: string): RestoreMap {
  if (!/^[a-z0-9]{1,16}$/.test(tag)) throw new RangeError('The tag has to be 1 to 16 of a-z0-9.');
  return { tag, entries: {} };
}

type Part = { readonly from: number; readonly to: number; readonly kind: string };

/**
 * Puts placeholders for what is sensitive. The same value has the same placeholder as long as the map lives.
 * Text that only looks like a placeholder is replaced too: nobody can have a secret written out by guessing
 * its placeholder. Placeholders of the map stay, so that a text may be passed twice.
 * @returns the map given where nothing new was found, else a greater one
 */
export function replaceSensitive(
  text: string,
  map: RestoreMap,
  options: RedactOptions,
): { text: string; map: RestoreMap } {
  let round = replaceOnce(text, map, literalsIn(text, map), options);
  // What touched a secret may show as sensitive once the secret is gone: then there is another round.
  for (let more = 1; more < roundsMax && round.replaced > 0; more += 1)
    round = replaceOnce(round.text, round.map, [], options);
  return { text: round.text, map: round.map };
}

/** Each round is a pass over the text; no text known needs a third that finds something. */
const roundsMax = 4;

function literalsIn(text: string, map: RestoreMap): Part[] {
  return findPlaceholders(text)
    .filter((each) => !Object.hasOwn(map.entries, each.text))
    .map((each) => ({ from: each.from, to: each.from + each.text.length, kind: literalKind }));
}

function replaceOnce(
  text: string,
  map: RestoreMap,
  literals: readonly Part[],
  options: RedactOptions,
): { text: string; map: RestoreMap; replaced: number } {
  const parts: Part[] = [...literals, ...findSensitive(text, options)];
  if (parts.length === 0) return { text, map, replaced: 0 };
  const names = new Names(map);
  const out: string[] = [];
  let at = 0;
  for (const { from, to, kind } of parts.toSorted((a, b) => a.from - b.from)) {
    out.push(text.slice(at, from), names.nameOf(text.slice(from, to), kind));
    at = to;
  }
  out.push(text.slice(at));
  return { text: out.join(''), map: names.map(), replaced: parts.length };
}

/** Puts the originals back. Placeholders of other maps, and invented ones, stay as they are. */
export function restoreSensitive(text: string, map: RestoreMap): string {
  return replacePlaceholders(text, (placeholder) =>
    Object.hasOwn(map.entries, placeholder)
      ? (map.entries[placeholder] ?? placeholder)
      : placeholder,
  );
}

/** A map while it grows. */
class Names {
  readonly #given: RestoreMap;
  readonly #added: Record<string, string> = {};
  readonly #byValue = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  constructor(map: RestoreMap) {
    this.#given = map;
    for (const [placeholder, value] of Object.entries(map.entries)) {
      this.#byValue.set(value, placeholder);
      this.#count(findPlaceholders(placeholder)[0]?.kind ?? '');
    }
  }

  nameOf(value: string, kind: string): string {
    const known = this.#byValue.get(value);
    if (known !== undefined) return known;
    const name = writePlaceholder(kind, this.#count(kind), this.#given.tag);
    this.#byValue.set(value, name);
    this.#added[name] = value;
    return name;
  }

  map(): RestoreMap {
    if (Object.keys(this.#added).length === 0) return this.#given;
    return { tag: this.#given.tag, entries: { ...this.#given.entries, ...this.#added } };
  }

  #count(kind: string): number {
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    return count;
  }
}
