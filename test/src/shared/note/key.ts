import type { Signer, Statement } from '../../../../src/shared/note/index.ts';

/** The key pair of the seed 07 07 ... 07, and the log that hypercore gives it. */
export const signer: Signer = {
  publicKey: Buffer.from('ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c', 'hex'),
  secretKey: new Uint8Array(32).fill(7),
};
export const log = '04dc2c70d9b3954c86f4d0ffeae59b601b9739d285d5bb1849a9f93f45d95c18';

export const statement: Statement = {
  node: 'local',
  log,
  size: 3,
  root: 'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  at: '2026-11-24T03:00:00.000Z',
  heads: [
    { log: 'ff'.repeat(32), length: 0, root: '00'.repeat(32), fork: 0 },
    { log, length: 3, root: '11'.repeat(32), fork: 0 },
  ],
};
