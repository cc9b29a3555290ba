import { z } from 'zod';
import { contentHash } from '../../events/index.ts';

/** The hash of the state of an actor: the same for the same JSON, whatever the order of its members. */
export function stateHash({ value, context }: { value: unknown; context: unknown }): string {
  return contentHash(z.json().parse(JSON.parse(JSON.stringify({ value, context }))));
}
