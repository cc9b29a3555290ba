import { sha256Hex } from '../../events/index.ts';

/** From so many members on, the text of an object is worth keeping for the next time it is met. */
const keptMembersMin = 256;

// States are never changed in place: what an event leaves alone is the same object afterwards. The ledger of a
// large project holds totals of tens of thousands of tasks, and nearly all of them stay as they are.
const texts = new WeakMap<object, string>();

/**
 * The hash of the state of an actor: SHA-256 of the canonical JSON (RFC 8785) of its value and context. The
 * same for the same JSON, whatever the order of its members.
 */
export function stateHash({ value, context }: { value: unknown; context: unknown }): string {
  return sha256Hex(`{"context":${textOf(context)},"value":${textOf(value)}}`);
}

// By hand: by way of JSON and back, to have the type of JSON, it takes three times as long.
function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(textOf).join(',')}]`;
  return texts.get(value) ?? textOfObject(value);
}

function textOfObject(value: object): string {
  const keys = Object.keys(value).toSorted();
  const members: string[] = [];
  for (const key of keys) {
    const member: unknown = Reflect.get(value, key);
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${textOf(member)}`);
  }
  const text = `{${members.join(',')}}`;
  if (keys.length >= keptMembersMin) texts.set(value, text);
  return text;
}
