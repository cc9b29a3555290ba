import { z } from 'zod';

/** Values that several events share. All of them are facts in clear: no free text. */

export const hash = z.string().regex(/^[0-9a-f]{64}$/);
export const timestamp = z.iso.datetime({ precision: 3 });
export const microUsd = z.int().min(0);
export const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
export const address = z.string().startsWith('bzzz://').max(512);
const lineNumber = z.int().min(1);
export const percent = z.int().min(0).max(100);
/** Stable machine-readable reason, such as an error code. */
export const reasonLengthMax = 64;
export const reason = z
  .string()
  .max(reasonLengthMax)
  .regex(/^[A-Za-z][A-Za-z0-9_.-]*$/);

/** A content-addressed text in the blob log: hash and size in bytes of what is stored (the sealed form). */
export const blobRef = z.strictObject({ hash, bytes: z.int().min(0) });
export type BlobRef = z.infer<typeof blobRef>;

/** Points at one event in another log; `hash` is the SHA-256 of that block, byte for byte. */
export const statementRef = z.strictObject({ log: hash, seq: z.int().min(0), hash });
export type StatementRef = z.infer<typeof statementRef>;

export const severity = z.enum(['info', 'low', 'medium', 'high', 'critical']);
export type Severity = z.infer<typeof severity>;
/** Least to most severe, for comparisons. */
export const severityOrder: readonly Severity[] = severity.options;

/** Lines of a file of the change; `endLine` is inclusive. */
export const place = z.strictObject({
  path: z.string().min(1),
  line: lineNumber,
  endLine: lineNumber,
});
export type Place = z.infer<typeof place>;

export const choice = z.enum(['approve', 'reject', 'abstain']);
export type Choice = z.infer<typeof choice>;

export const usage = z.strictObject({
  /** All of the prompt, whichever way it went through the cache. */
  inputTokens: z.int().min(0),
  cachedInputTokens: z.int().min(0),
  /** Null when the provider does not tell. */
  cacheWriteTokens: z.int().min(0).nullable(),
  /** All that was written, reasoning included. */
  outputTokens: z.int().min(0),
  reasoningTokens: z.int().min(0),
});
export type Usage = z.infer<typeof usage>;
