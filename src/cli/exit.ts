import { CommanderError } from 'commander';
import { Corrupt, Refusal, Unavailable } from '../../events/index.ts';
import type { Io } from './io.ts';

/** What the exit codes say; documented in the README and pinned by a test. */
export const exitCodes = {
  approved: 0,
  /** For commands that decide nothing. */
  done: 0,
  changesRequested: 1,
  /** For checks: something does not hold. */
  failed: 1,
  error: 2,
  escalated: 3,
  interrupted: 130,
} as const;

/** Prints what went wrong in one line that says what to do, and returns the exit code. */
export function explain(io: Io, error: unknown): number {
  if (error instanceof CommanderError)
    return error.exitCode === 0 ? exitCodes.done : exitCodes.error;
  if (io.signal.aborted && !(error instanceof Corrupt)) {
    io.err('bzzz: stopped; the same command, or bzzz review --resume, goes on from here\n');
    return exitCodes.interrupted;
  }
  if (error instanceof Refusal || error instanceof Unavailable || error instanceof Corrupt) {
    io.err(`bzzz: ${error.message.replaceAll(/\s+/g, ' ')} [${error.code}]\n`);
    return exitCodes.error;
  }
  // A bug of ours: the stack is what whoever mends it needs.
  io.err(`bzzz: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return exitCodes.error;
}
