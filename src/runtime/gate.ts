import { transition, type AnyMachineSnapshot } from 'xstate';
import type { Fact } from '../../actors/index.ts';
import { Refusal } from '../../events/index.ts';
import type { AnyActorType } from '../shared/fold.ts';

/**
 * The last gate before an append: throws Refusal COMMAND_NOT_ALLOWED unless all facts, in order, are lawful.
 * Returns the state before each of them.
 */
export function requireLawful(
  type: AnyActorType,
  snapshot: AnyMachineSnapshot,
  facts: readonly Fact[],
): AnyMachineSnapshot[] {
  let current = snapshot;
  const befores: AnyMachineSnapshot[] = [];
  for (const [index, { event }] of facts.entries()) {
    if (!current.can(event)) {
      throw new Refusal(
        'COMMAND_NOT_ALLOWED',
        `a ${type.kind} that is ${describe(current)} does not accept ${event.type}`,
        { data: { event: event.type } },
      );
    }
    befores.push(current);
    if (index < facts.length - 1) {
      [current] = transition(type.machine, current, event);
    }
  }
  return befores;
}

function describe(snapshot: AnyMachineSnapshot): string {
  const value: unknown = snapshot.value;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
