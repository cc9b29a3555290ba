import { canonicalJson, type Json } from '../events/index.ts';

/** True when two JSON values are the same, whatever the order of their members. */
export function sameJson(a: Json, b: Json): boolean {
  return canonicalJson(a) === canonicalJson(b);
}
