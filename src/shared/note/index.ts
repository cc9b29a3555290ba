export { formatCheckpoint, parseCheckpoint } from './checkpoint.ts';
export type { Checkpoint, Statement } from './checkpoint.ts';
export { cosignersOf, parseWitness } from './cosignature.ts';
export type { Cosigners, Witness } from './cosignature.ts';
export type { Signer } from './ed25519.ts';
export { Rfc6962 } from './rfc6962.ts';
export { splitNotes } from './signedNote.ts';
