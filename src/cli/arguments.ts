import { InvalidArgumentError } from 'commander';
import { isName, Refusal } from '../../events/index.ts';

const personNameMax = 200;

/** An option that counts: a whole number from 0 on. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(text);
}

/** Dollars as people write them, exactly, in micro-dollars. */
export function microUsd(text: string): number {
  const found = /^\$?(\d{1,9})(?:\.(\d{1,6}))?$/.exec(text);
  if (!found) throw new InvalidArgumentError('Expected dollars, such as 0.25.');
  return Number(found[1]) * 1_000_000 + Number((found[2] ?? '').padEnd(6, '0'));
}

/** A moment: RFC 3339, or a date, which means its first instant in UTC. Returned as RFC 3339 with milliseconds. */
export function moment(text: string): string {
  const ms = /^\d{4}-\d{2}-\d{2}(?:T.*(?:Z|[+-]\d{2}:\d{2}))?$/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(ms)) {
    throw new InvalidArgumentError('Expected a time, such as 2026-11-23T12:00:00Z or 2026-11-23.');
  }
  return new Date(ms).toISOString();
}

/** A name that can be part of an address. */
export function addressName(text: string): string {
  if (isName(text)) return text;
  throw new InvalidArgumentError('Expected letters, digits and ._- , up to 64.');
}

/** What can have a cap of its own: `task:NAME` or `day:YYYY-MM-DD`. */
export function scopeName(text: string): string {
  const [kind, name = ''] = text.split(':', 2);
  if (kind === 'task' && `task:${name}` === text && isName(name)) return text;
  if (/^day:\d{4}-\d{2}-\d{2}$/.test(text)) return text;
  throw new InvalidArgumentError('Expected task:NAME or day:YYYY-MM-DD.');
}

/** Who answers for a decision, as it is recorded. */
export function personName(text: string): string {
  const name = text.trim();
  if (name !== '' && name.length <= personNameMax) return name;
  throw new InvalidArgumentError(`Expected a name of up to ${personNameMax} characters.`);
}

/** Refuses two options that contradict each other. */
export function notBoth(a: [string, unknown], b: [string, unknown]): void {
  if (a[1] !== undefined && b[1] !== undefined) {
    throw new Refusal('ARGUMENT_INVALID', `${a[0]} and ${b[0]} exclude each other; name one`);
  }
}
