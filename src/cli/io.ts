import { text as textOf } from 'node:stream/consumers';
import { access, constants, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { addAbortSignal } from 'node:stream';
import { Refusal } from '../../events/index.ts';
import type { Clock } from '../ports.ts';

/** What a command may see and touch of the process it runs in. */
export type Io = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** True when a person looks at standard output, or at standard error. */
  readonly isTerminal: { readonly out: boolean; readonly err: boolean };
  readonly columns: number;
  readonly clock: Clock;
  /** Aborted by the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  out(text: string): void;
  err(text: string): void;
  /** All of standard input, as UTF-8. */
  read(): Promise<string>;
};

const columnsDefault = 100;

/** The real process. The first signal asks work to stop, the second ends the process. */
export function processIo(): Io {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(130);
      stop.abort(new Error('stopped'));
    });
  }
  // A reader such as head that has seen enough is no failure, and no approval: the exit code stays true.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  const { stdout, stderr, env } = process;
  return {
    env,
    cwd: process.cwd(),
    isTerminal: { out: stdout.isTTY, err: stderr.isTTY },
    columns: Math.min(stdout.columns ?? columnsDefault, columnsDefault),
    clock: { nowMs: () => Date.now() },
    signal: stop.signal,
    out: (chunk) => stdout.write(chunk),
    err: (chunk) => stderr.write(chunk),
    read: () => readInput(stop.signal),
  };
}

async function readInput(signal: AbortSignal): Promise<string> {
  return textOf(addAbortSignal(signal, process.stdin));
}

/** Colour only for a person, and never against their wish (https://no-color.org). */
export function wantsColour(io: Io): boolean {
  return io.isTerminal.out && !io.env['NO_COLOR'];
}

/** Refuses a file that `emit` could not write, before the work for it is done. */
export async function requireWritable(path: string): Promise<void> {
  try {
    if ((await stat(path).catch(() => null))?.isDirectory()) throw new Error('it is a directory');
    await access(dirname(resolve(path)), constants.W_OK);
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
}

/** Writes a result to a file, whole or not at all, or to standard output. */
export async function emit(io: Io, text: string, path?: string): Promise<void> {
  if (!path) {
    io.out(text);
    return;
  }
  const draft = `${path}.${process.pid}.tmp`;
  try {
    const found = await stat(path).catch(() => null);
    // A pipe or a device is written to, not replaced.
    if (found && !found.isFile()) return await writeFile(path, text);
    await writeFile(draft, text);
    await rename(draft, path);
  } catch (cause) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw cannotWrite(path, cause);
  }
}

function cannotWrite(path: string, cause: unknown): Refusal {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new Refusal('ARGUMENT_INVALID', `cannot write ${path}: ${why}`, { cause });
}

/** A value for programs: JSON, two blanks deep, one line end. */
export function emitJson(io: Io, value: unknown): void {
  io.out(`${JSON.stringify(value, null, 2)}\n`);
}
