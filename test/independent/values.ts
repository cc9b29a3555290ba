import { createHash } from 'node:crypto';

export type Log = {
  actor: string;
  kind: string;
  key: string;
  length: number;
  root: string;
  blocks: (Buffer | null)[];
  /** Root after so many blocks. */
  rootAt: string[];
};
export type Event = { log: Log; seq: number; bytes: Buffer; meta: unknown; event: unknown };

export const parse: (text: string) => unknown = JSON.parse;
export const sha256 = (bytes: Uint8Array | string): Buffer =>
  createHash('sha256').update(bytes).digest();
export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const u64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};

export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let here: unknown = value;
  for (const step of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return undefined;
    here = Reflect.get(here, step);
  }
  return here;
}
export const text = (value: unknown, ...path: readonly (string | number)[]): string =>
  plain(at(value, ...path));
/** A JSON value as text; of one that is none, nothing. */
function plain(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
export const number = (value: unknown, ...path: readonly (string | number)[]): number =>
  Number(at(value, ...path) ?? NaN);
export function list(value: unknown, ...path: readonly (string | number)[]): unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}
export const same = (a: unknown, b: unknown): boolean => sorted(a) === sorted(b);
function sorted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  const names = Object.keys(value).toSorted();
  return `{${names.map((name) => `${name}:${sorted(at(value, name))}`).join()}}`;
}

export type Fail = (why: string) => void;
export const typeOf = ({ event }: Event): string => text(event, 'type');
export const ofType = (events: readonly Event[], ...types: string[]): Event[] =>
  events.filter((one) => types.includes(typeOf(one)));
