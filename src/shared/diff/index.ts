/** Unified diffs: read, shown to a model with line numbers, and the places in them. */
export { renderChange } from './annotate.ts';
export { parseDiff } from './parse.ts';
export { changePlaces, type Place } from './places.ts';
export { parseRenderedChange } from './readRendered.ts';
export { diffStats } from './stats.ts';
export { trimChange, type TrimOptions } from './trim.ts';
export type { DiffLine, FileChange, FileStatus, Hunk } from './types.ts';
