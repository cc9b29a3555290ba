import type { Claim } from './claim.ts';
import { isInternal } from './code/declarations.ts';
import { importsOf } from './code/imports.ts';
import { onlyDeclares } from './code/logic.ts';
import { runsAtStart } from './rules/blocking.ts';
import { isConstant } from './rules/loops.ts';

/** A reason for which a role rejects a claim that would otherwise stand. */
export type Objection = {
  kinds: readonly string[];
  confidencePct: number;
  /** Why not, in one sentence about this place; null when the reason does not apply. */
  against: (claim: Claim) => string | null;
};

/** Notes with the number of a ticket are kept track of elsewhere. */
const tracked: Objection = {
  kinds: ['todo'],
  confidencePct: 78,
  against: ({ source, at, endAt }) => {
    const notes = source.lines.slice(at, endAt + 1).map(({ comment }) => comment);
    const ticket = /\b[A-Z][A-Z0-9]+-\d+\b|#\d+|https?:\/\/\S+/.exec(notes.join(' '))?.[0];
    return ticket === undefined
      ? null
      : `the note names ${ticket}: work that is tracked is not a defect of this change`;
  },
};

const offline: Objection = {
  kinds: [
    'sync-io',
    'query-in-loop',
    'quadratic',
    'unbounded-cache',
    'unbounded-query',
    'missing-timeout',
  ],
  confidencePct: 80,
  against: ({ source }) => {
    if (source.purpose === 'test') return "it is a test: its run time is nobody's wait";
    if (source.purpose === 'script')
      return 'it is a script: it runs by hand, off the request path, and nobody waits for it';
    return null;
  },
};

const atStart: Objection = {
  kinds: ['sync-io'],
  confidencePct: 76,
  against: ({ source, at }) => {
    const line = source.lines[at];
    if (line === undefined || !runsAtStart(line)) return null;
    return 'it runs once, while the program starts, before there is anything to block';
  },
};

const bounded: Objection = {
  kinds: ['quadratic'],
  confidencePct: 74,
  against: ({ source, at, endAt }) => {
    const code = source.lines
      .slice(at, endAt + 1)
      .map((line) => line.code)
      .join('\n');
    const name =
      /([A-Za-z_$][\w$.]*)\.(?:find|filter|some|includes|indexOf)\(|\bof\s+([\w$.]+)/.exec(code);
    const collection = name?.[1] ?? name?.[2];
    if (collection === undefined || !isConstant(collection)) return null;
    return `\`${collection}\` is a fixed list: the product stays small however much data there is`;
  },
};

const notPublic: Objection = {
  kinds: ['undocumented-export', 'api-change'],
  confidencePct: 80,
  against: ({ source, at }) => {
    const name = /\b(?:function|class|const|def|func|type|interface)\s+([\w$]+)/.exec(
      source.lines[at]?.code ?? '',
    )?.[1];
    if (!isInternal(source, name ?? '')) return null;
    return `\`${name ?? source.path}\` is internal: nobody outside of the module may rely on it`;
  },
};

const output: Objection = {
  kinds: ['debug-leftover'],
  confidencePct: 76,
  against: ({ source, at }) => {
    if (
      source.purpose !== 'script' ||
      /debugger|breakpoint|set_trace/.test(source.lines[at]?.code ?? '')
    )
      return null;
    return 'it is a script: what it prints is what it is for';
  },
};

const declaresOnly: Objection = {
  kinds: ['missing-test'],
  confidencePct: 82,
  against: ({ source }) => {
    if (['config', 'prose'].includes(source.purpose))
      return `\`${source.path}\` holds no code that a test could run`;
    return onlyDeclares(source)
      ? 'only types and constants were added: the compiler tests those'
      : null;
  },
};

const typesOnly: Objection = {
  kinds: ['layer-break', 'import-cycle'],
  confidencePct: 84,
  against: ({ source, at, endAt }) => {
    const here = importsOf(source).filter((each) => each.at >= at && each.at <= endAt);
    if (here.length === 0 || !here.every(({ typeOnly }) => typeOnly)) return null;
    return `only types come from \`${here[0]?.from}\`: nothing is left of the import when the program runs`;
  },
};

const repetitive: Objection = {
  kinds: ['god-file', 'oversize-function'],
  confidencePct: 72,
  against: ({ source }) => {
    if (source.purpose === 'test') return 'it is a list of cases: long, but not complicated';
    return onlyDeclares(source) ? `\`${source.path}\` is a table: its length is its content` : null;
  },
};

const constantParts: Objection = {
  kinds: ['injection'],
  confidencePct: 80,
  against: ({ source, at, endAt, finding }) => {
    const literals = source.literals.filter((each) => each.at >= at && each.at <= endAt);
    const holes = literals.flatMap(({ text }) =>
      Array.from(text.matchAll(/\{([^{}]*)\}/g), (match) => match[1] ?? ''),
    );
    if (finding !== null || holes.length === 0) return null;
    if (literals.every(({ quote, prefix }) => quote === '`' && prefix !== ''))
      return `the template goes through the tag \`${literals[0]?.prefix}\`, which binds the values apart from the text`;
    return holes.every((hole) => isConstant(hole.trim()))
      ? `\`${holes[0]}\` is a constant: nobody outside chooses what the text becomes`
      : null;
  },
};

const notASecret: Objection = {
  kinds: ['secret'],
  confidencePct: 84,
  against: ({ source, at, endAt, finding }) => {
    if (finding !== null) return null;
    const text = source.lines
      .slice(at, endAt + 1)
      .map((line) => line.text)
      .join('\n');
    const lookup = /process\.env\.\w+|os\.environ|os\.getenv|Getenv|secretStore|vault/i.exec(
      text,
    )?.[0];
    if (lookup !== undefined) return `the value comes from \`${lookup}\`, not from the source`;
    const stand = /change-?me|example|placeholder|dummy|your[-_]\w+|<[\w -]+>|x{4,}/i.exec(
      text,
    )?.[0];
    if (stand !== undefined) return `"${stand}" is a placeholder, not a credential`;
    return source.purpose === 'test' ? 'the value is a fixture that opens nothing' : null;
  },
};

const explained: Objection = {
  kinds: ['swallowed-error'],
  confidencePct: 76,
  against: ({ source, at, endAt }) => {
    const note = source.lines.slice(at, endAt + 3).find(({ comment }) => comment !== '');
    return note === undefined ? null : `line ${note.number} says why the error may be dropped here`;
  },
};

const deliberate: Objection = {
  kinds: ['missing-await'],
  confidencePct: 80,
  against: ({ source, at, endAt }) => {
    const code = source.lines
      .slice(at, endAt + 2)
      .map((line) => line.code)
      .join('\n');
    const mark = /^\s*void\s|\.catch\(|\bawait\b/m.exec(code)?.[0].trim();
    return mark === undefined ? null : `\`${mark}\` shows that the promise is taken care of`;
  },
};

const taste: Objection = {
  kinds: ['magic-timeout'],
  confidencePct: 66,
  against: () =>
    'a number beside the call that uses it is a matter of taste, and nothing breaks by it',
};

/** What each standard role says no to. */
export const objections: Record<string, readonly Objection[]> = {
  architect: [tracked, declaresOnly, typesOnly, repetitive],
  reviewer: [tracked, constantParts, notASecret, explained, deliberate, taste],
  documentation: [notPublic, output],
  performance: [tracked, offline, atStart, bounded],
};
