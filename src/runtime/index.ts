export { drive } from './drive.ts';
export type { Performer } from './drive.ts';
export { ActorHost } from './host.ts';
