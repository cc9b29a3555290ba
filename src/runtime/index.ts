export { drive } from './drive.ts';
export type { Performer } from './drive.ts';
export { ActorHost } from './host.ts';
export { startSealing } from './seals.ts';
export type { Sealing } from './seals.ts';
export { SnapshotCache } from './snapshots.ts';
