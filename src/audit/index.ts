export type { AuditOptions } from './audit.ts';
export type { Evidence } from './evidence.ts';
export { renderReport } from './render.ts';
export { replay } from './replay.ts';
export type { Moment, Replayed } from './replay.ts';
export type { AuditedLog, AuditReport, CheckName, Finding, Note } from './report.ts';
export { verify } from './verify.ts';
