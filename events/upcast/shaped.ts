/** An event of an older shape, or of today's, before it is checked. */
export type Shaped = { type: string; [field: string]: unknown };
