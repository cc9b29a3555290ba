import type { SealedBody } from '../../events/index.ts';

/** A JSON column of our own tables: it was written from a value of that type, so it is not checked again. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the column says what it holds
export function fromJson<T>(text: string): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  return JSON.parse(text) as T;
}

/** The sealed text of a row. */
export function sealed(text: string | null): SealedBody | null {
  return text === null ? null : fromJson<SealedBody>(text);
}
