/** Secrets and personal data in a text: found, and replaced by placeholders that can be restored. */
export { isSecretKind } from './kinds.ts';
export type { RedactOptions, SensitiveKind, Span } from './kinds.ts';
export { findPlaceholders } from './placeholder.ts';
export type { Placeholder } from './placeholder.ts';
export { emptyMap, replaceSensitive, restoreSensitive } from './replace.ts';
export type { RestoreMap } from './replace.ts';
