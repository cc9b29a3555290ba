export { createDataDir, dataDir, readNodeFile, requireLogs, writeNodeFile } from './dataDir.ts';
export type { DataDir, NodeFile } from './dataDir.ts';
export { openReadOnly } from './readOnly.ts';
export type { ReadOnlyLogs } from './readOnly.ts';
export { createReader } from './reader.ts';
export { openLogStore } from './store.ts';
export type { LogStore } from './store.ts';
