import { InvalidArgumentError, Option } from 'commander';
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
  if (Number.isNaN(ms) || !isDate(text.slice(0, 10))) {
    throw new InvalidArgumentError('Expected a time, such as 2026-11-23T12:00:00Z or 2026-11-23.');
  }
  return new Date(ms).toISOString();
}

/** A name that can be part of an address. */
export function addressName(text: string): string {
  if (isName(text)) return text;
  throw new InvalidArgumentError('Expected letters, digits and ._- , up to 64.');
}

/** Dollars as `microUsd` reads them, or `none`, which is null. */
export function limitOrNone(text: string): number | null {
  return text === 'none' ? null : microUsd(text);
}

/**
 * What can have a cap of its own: `KIND:NAME`, where the kind is built in (see scopeKinds) or a label and
 * days and months are those of the calendar, or `KIND` alone for each one that has none.
 */
export function scopeName(text: string): string {
  const [, kind = '', name] = /^([a-z]{1,32})(?::(.*))?$/s.exec(text) ?? [];
  const fits =
    kind === 'day' || kind === 'month'
      ? isCalendar(kind, name)
      : name === undefined || isName(name);
  if (kind !== '' && fits) return text;
  throw new InvalidArgumentError(
    'Expected KIND:NAME such as task:pr-42, role:architect, team:payments, day:YYYY-MM-DD or month:YYYY-MM, or a KIND alone.',
  );
}

/** The same, but one scope: a kind alone has its cap in the configuration. */
export function singleScope(text: string): string {
  if (text.includes(':')) return scopeName(text);
  throw new InvalidArgumentError('Expected KIND:NAME, such as day:2026-11-24.');
}

function isCalendar(kind: 'day' | 'month', name: string | undefined): boolean {
  if (name === undefined) return true;
  if (!(kind === 'day' ? /^\d{4}-\d{2}-\d{2}$/ : /^\d{4}-\d{2}$/).test(name)) return false;
  return isDate(kind === 'day' ? name : `${name}-01`);
}

// Date.parse takes the 30th of February for the 2nd of March.
function isDate(date: string): boolean {
  const ms = Date.parse(date);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(date);
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

/** Names witnesses of checkpoints by their keys. */
export function witnessOption(): Option {
  const about = 'keys of witnesses whose cosignatures to verify';
  return new Option('--witness <vkey...>', about).default([], 'none');
}
