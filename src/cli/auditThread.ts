/** The thread in which `bzzz audit verify` reads and hashes a large store; started by audit.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { serveProofs } from '../audit/index.ts';
import { dataDir, openReadOnly } from '../log/index.ts';

const data: unknown = workerData;
if (!parentPort || typeof data !== 'string') throw new TypeError('not started by audit.ts');
await serveProofs(parentPort, () => openReadOnly(dataDir(data)));
