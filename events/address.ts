import { Refusal } from './errors.ts';

/**
 * Semantic addresses: who or what, in which role, in which project, on which task.
 *
 *     address = scheme part ":" part "@" part ":" part [ "/" path ]   ; agent:role@project:task
 *     scheme  = "bzzz://" / "bzzz:///"
 *     part    = "*" / name
 *     name    = (ALPHA / DIGIT) *63(ALPHA / DIGIT / "-" / "_" / ".")
 *     path    = family *( "/" ( "*" / name ) )
 *     family  = "messages" / "proposals" / "decisions" / "escalations" / "cost" / "log" / "memory"
 *
 * The first scheme is what people write. Its part before the path is no RFC 3986 authority (a port must be
 * digits), so where a valid URI is asked for, the second one, with an empty authority, is used. Both parse
 * to the same address. `*` means any.
 */
export type Address = {
  readonly agent: string;
  readonly role: string;
  readonly project: string;
  readonly task: string;
  readonly path: readonly string[];
};

export const pathFamilies = [
  'messages',
  'proposals',
  'decisions',
  'escalations',
  'cost',
  'log',
  'memory',
] as const;

const name = '[A-Za-z0-9][A-Za-z0-9._-]{0,63}';
const part = `(\\*|${name})`;
const grammar = new RegExp(
  `^bzzz:///?${part}:${part}@${part}:${part}(?:/((?:${pathFamilies.join('|')})(?:/(?:\\*|${name}))*))?$`,
);
const nameOnly = new RegExp(`^${name}$`);

/** Reads an address in either form. Throws Refusal ADDRESS_INVALID. */
export function parseAddress(text: string): Address {
  const found = grammar.exec(text);
  if (!found) {
    const shown = JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}...` : text);
    throw new Refusal(
      'ADDRESS_INVALID',
      `${shown} is not an address; write bzzz://agent:role@project:task/path, with * for any part`,
    );
  }
  const [, agent = '*', role = '*', project = '*', task = '*', path] = found;
  return { agent, role, project, task, path: path ? path.split('/') : [] };
}

/** The form that people write and logs hold. */
export function formatAddress({ agent, role, project, task, path }: Address): string {
  const rest = path.length > 0 ? `/${path.join('/')}` : '';
  return `bzzz://${agent}:${role}@${project}:${task}${rest}`;
}

/** True when every part of the pattern is `*` or the same; a pattern without a path matches any path. */
export function matchesAddress(pattern: Address, address: Address): boolean {
  const same = (p: string, a: string | undefined): boolean => p === '*' || p === a;
  return (
    same(pattern.agent, address.agent) &&
    same(pattern.role, address.role) &&
    same(pattern.project, address.project) &&
    same(pattern.task, address.task) &&
    pattern.path.every((segment, index) => same(segment, address.path[index]))
  );
}

/** True when the text can stand as one part of an address. */
export function isName(text: string): boolean {
  return nameOnly.test(text);
}

// The four kinds of actor live at the address of what they speak for.

/** Everyone on a task: the thread in which they talk. */
export function threadAddress(project: string, task: string): string {
  return `bzzz://*:*@${project}:${task}`;
}

/** One agent of a project, on whatever task. */
export function agentAddress(agent: string, role: string, project: string): string {
  return `bzzz://${agent}:${role}@${project}:*`;
}

/** The ledger of a project. */
export function budgetAddress(project: string): string {
  return `bzzz://*:*@${project}:*/cost`;
}

/** A machine that hosts logs, in any project. */
export function nodeAddress(node: string): string {
  return `bzzz://${node}:node@*:*`;
}
