import { fromVersion1 } from './version1.ts';
import type { Shaped } from './shaped.ts';

/**
 * One step from version v to v + 1, by event type. Released shapes are never edited: a new shape is a new
 * version and an entry here, and old logs are read for ever.
 */
const steps: Readonly<Record<number, Readonly<Record<string, (event: Shaped) => Shaped>>>> = {
  1: fromVersion1,
};

/** Brings an event that was written at `version` to today's shape. */
export function upcast(event: Shaped, version: number): Shaped {
  let current = event;
  for (let at = version; steps[at]; at++) current = steps[at]?.[current.type]?.(current) ?? current;
  return current;
}
