// What only the comparison with hypercore's own audit needs.
declare module 'hypercore/lib/audit.js' {
  /** Hashes what is stored of a log and compares it with its tree; the signature is not looked at. */
  export default function auditCore(core: object, options: { dryRun: boolean }): Promise<object>;
}

declare module 'corestore' {
  import type { Hypercore } from 'hypercore';

  export default interface Corestore {
    get(options: { discoveryKey: Uint8Array }): Hypercore;
  }
}
