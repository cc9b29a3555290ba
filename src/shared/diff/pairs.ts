import { readName } from './names.ts';

/** Both names of a file as printed: a prefix such as a/ or b/ is still there. */
export type NamePair = { old: string; new: string };

function namePair(left: string | null, right: string | null): NamePair | null {
  return left === null || right === null ? null : { old: left, new: right };
}

/** Trying every place costs its length times its gaps; names with more of them are found in halves. */
const gapsMax = 50;

/** Where the gap stands in the text; none at all if it stands there too often to try each place. */
function gapsIn(text: string, gap: string): number[] {
  const gaps: number[] = [];
  for (let at = text.indexOf(gap); at >= 0; at = text.indexOf(gap, at + 1)) {
    if (gaps.push(at) > gapsMax) return [];
  }
  return gaps;
}

/** Names that git prints with a prefix of its own, or for a file that is not there. */
function arePrefixed(names: NamePair): boolean {
  return [names.old, names.new].every(
    (name) => name === '/dev/null' || withoutPrefix(name) !== name,
  );
}

/**
 * Splits the names of a `diff --git` line (gap: a blank) or a `Binary files` line (gap: ` and `); null
 * when that cannot be decided. Names that hold the gap are not quoted for it. What decides, in this
 * order: both halves stand for one path, one cut alone gives one path, gives prefixes, is possible.
 */
export function splitNames(text: string, gap: ' ' | ' and '): NamePair | null {
  const cut = (at: number): NamePair | null =>
    at > 0 && text.startsWith(gap, at)
      ? namePair(readName(text.slice(0, at)), readName(text.slice(at + gap.length)))
      : null;

  const halves = cut((text.length - gap.length) / 2);
  if (halves !== null && commonPath(halves) !== null) return halves;

  const cuts = gapsIn(text, gap)
    .map(cut)
    .filter((names) => names !== null);
  for (const decides of [
    (names: NamePair) => commonPath(names) !== null,
    arePrefixed,
    () => true,
  ]) {
    const [only, another] = cuts.filter(decides);
    if (only !== undefined) return another === undefined ? only : null;
  }
  return null;
}

function behindFirstFolder(name: string): string {
  const slash = name.indexOf('/');
  return slash > 0 ? name.slice(slash + 1) : '';
}

/** The path both names stand for, with any one-folder prefix or none; null when they differ. */
function commonPath(names: NamePair): string | null {
  if (names.old === names.new) return names.old;
  const rest = behindFirstFolder(names.old);
  return rest !== '' && rest === behindFirstFolder(names.new) ? rest : null;
}

/** Takes off the prefix that git prints by default, by diff.mnemonicPrefix or for --no-index. */
export function withoutPrefix(name: string): string {
  return /^[abciow12]\/./s.test(name) ? name.slice(2) : name;
}

/** The paths behind two printed names: the common one, or both without the prefixes of git. */
export function barePaths(names: NamePair): NamePair {
  const common = commonPath(names);
  if (common !== null) return { old: common, new: common };
  const bare = { old: withoutPrefix(names.old), new: withoutPrefix(names.new) };
  const prefixed =
    bare.old !== names.old && bare.new !== names.new && names.old[0] !== names.new[0];
  return prefixed ? bare : names;
}
