import { randomUUID } from 'node:crypto';

/** A UUID of version 7 (RFC 9562, 5.7): 48 bits of milliseconds, then 74 random bits. Sorts by time. */
export function uuidV7(nowMs: number): string {
  const time = nowMs.toString(16).padStart(12, '0');
  // Of a version 4, all but the time and the version is the same; Node.js makes those from a pool of bits.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
