/** The next number from 0 up to 1, and the next state (mulberry32 by Tommy Ettinger, public domain). */
export function mulberry32(state: number): { readonly unit: number; readonly next: number } {
  const next = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(next ^ (next >>> 15), 1 | next);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return { unit: ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32, next };
}
