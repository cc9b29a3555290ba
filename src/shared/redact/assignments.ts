import type { Report, SensitiveKind } from './kinds.ts';
import { nameAround, namePattern, type Name } from './names.ts';
import { isReference, looksSecret } from './values.ts';

const type = String.raw`[ \t]{0,4}\??:?[ \t]{1,4}(?:&?(?:'static )?str|[Ss]tring|NSString|\*)`;
const call = String.raw`(?:@|!!str[ ]|[bru](?=["'])|[A-Z_a-z][\w.]{0,30}\((?=\\{0,3}["'${'`'}]))?`;

/** What may stand between a name and its value, and how it binds them. */
const bindings: readonly { readonly pattern: RegExp; readonly binds: Binding }[] = [
  // password = "x", "password": "x", config['KEY'] = 'x', KEY || 'x', ${TOKEN:-x}, x: string = "y"
  {
    pattern: new RegExp(
      String.raw`\\{0,3}["'${'`'}]?\]?(?:${type})?[ \t]{0,40}(?::=|=>|:-|[:=]|\|\||\?\?)=?[ \t]{0,20}${call}`,
      'y',
    ),
    binds: 'assigned',
  },
  // name="password" value="x", -Name Password -Value 'x'
  {
    pattern: /["']?[ \t]{1,4}(?:-Value[ \t]{1,4}|(?:\w{1,20}:)?value[ \t]?=[ \t]?)/y,
    binds: 'assigned',
  },
  // setPassword("x")
  { pattern: /\([ \t]{0,4}(?=\\{0,3}["'`])/y, binds: 'assigned' },
  // <password>x</password>
  { pattern: />/y, binds: 'element' },
  // --token x, ENV SECRET x, machine m login l password x, IDENTIFIED BY 'x'
  { pattern: /[ \t]{1,8}/y, binds: 'follows' },
];
type Binding = 'assigned' | 'element' | 'follows';

/** Finds values by what they are called. */
export function findAssignments(text: string, report: Report): void {
  const values = new Values(text);
  for (const match of text.matchAll(namePattern())) {
    const to = match.index + match[0].length;
    const name = nameAround(text, match.index, to);
    if (name === null) continue;
    const bound = bindingAfter(text, name);
    if (bound === null) continue;
    const value = values.valueAt(bound.at);
    if (value === null || !isSecretOf(text, name, bound.binds, value)) continue;
    report(value.from, value.to, kindOf(name, text.slice(value.from, value.to)));
  }
}

function bindingAfter(text: string, name: Name): { at: number; binds: Binding } | null {
  for (const { pattern, binds } of bindings) {
    pattern.lastIndex = name.to;
    if (!pattern.test(text)) continue;
    if (binds === 'element' && text[name.from - 1] !== '<') return null;
    return { at: pattern.lastIndex, binds };
  }
  return null;
}

function isSecretOf(text: string, name: Name, binds: Binding, place: Value): boolean {
  const value = text.slice(place.from, place.to);
  if (!place.quoted) {
    if (/[(]/.test(text[place.to] ?? '') || isReference(value)) return false;
    if (binds === 'follows' && !isFollowing(text, name, value)) return false;
  }
  if (name.isVague && (value.length < 20 || /^[0-9a-f-]*$/i.test(value))) return false;
  // Unquoted, only what no identifier of code looks like.
  const isMixed = /\d/.test(value) && /[a-z]/.test(value) && /[A-Z]/.test(value);
  const lenient =
    name.isPassword && (place.quoted || binds === 'element' || (binds === 'assigned' && isMixed));
  return looksSecret(value, lenient);
}

/** After a mere blank: in a command, or where no sentence would have such a word. */
function isFollowing(text: string, name: Name, value: string): boolean {
  if (/^[-|<[({/$]/.test(value)) return false;
  const isFlag = name.text.startsWith('-') || text[name.from - 1] === '-';
  return isFlag || (/\d/.test(value) && /[A-Z]/.test(value) && /[a-z]/.test(value));
}

function kindOf(name: Name, value: string): SensitiveKind {
  if (/aws|secret_?access_?key/i.test(name.text) && /^[A-Za-z0-9/+]{40}$/.test(value))
    return 'aws-secret-key';
  return name.isPassword ? 'password' : 'secret';
}

type Value = { readonly from: number; readonly to: number; readonly quoted: boolean };

const valueCharsMax = 4096;
const opening = /\\{0,3}(?:"""|'''|["'`])/y;
const bare = /(?:base64:)?((?:[^\s"'`;,&<>(){}[\]|\\=\0]|\\(?![nrt"'])){1,4096}={0,2})/y;
const readsMax = 4;

/** Reads values. A hostile text asks for the same long value at every name in it: it is read a few times. */
class Values {
  readonly #text: string;
  #from = -1;
  #to = -1;
  #reads = 0;
  /** Up to where a quote of the kind is known to be missing. */
  readonly #unclosed = new Map<string, number>();

  constructor(text: string) {
    this.#text = text;
  }

  valueAt(at: number): Value | null {
    const isWithin = at >= this.#from && at < this.#to;
    this.#reads = isWithin ? this.#reads + 1 : 0;
    if (this.#reads >= readsMax) return null;
    const value = this.#quoted(at) ?? this.#bare(at);
    if (value !== null && !isWithin) [this.#from, this.#to] = [value.from, value.to];
    return value;
  }

  #quoted(at: number): Value | null {
    opening.lastIndex = at;
    const quote = opening.exec(this.#text)?.[0];
    const from = at + (quote?.length ?? 0);
    if (quote === undefined || from < (this.#unclosed.get(quote) ?? 0)) return null;
    const { to, closed } = closing(this.#text, from, quote);
    if (closed) return { from, to, quoted: true };
    this.#unclosed.set(quote, to);
    return null;
  }

  #bare(at: number): Value | null {
    bare.lastIndex = at;
    const found = bare.exec(this.#text);
    if (!found) return null;
    const value = (found[1] ?? '').replace(/[.,:!?]{1,8}$/, '');
    const from = at + found[0].length - (found[1] ?? '').length;
    return { from, to: from + value.length, quoted: false };
  }
}

/** Where a quoted text ends, or where it is given up: on another line, or too far away. */
function closing(text: string, from: number, quote: string): { to: number; closed: boolean } {
  const end = Math.min(text.length, from + valueCharsMax);
  let at = from;
  for (; at < end; at += 1) {
    const char = text[at];
    if (char === '\n' || char === '\0') break;
    if (char === '\\' && quote.length === 1) at += 1;
    else if (text.startsWith(quote, at)) return { to: at, closed: true };
  }
  return { to: at, closed: false };
}
