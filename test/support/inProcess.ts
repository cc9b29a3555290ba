import { run } from '../../src/cli/program.ts';
import type { Clock } from '../../src/ports.ts';

/** The command line in this process: quicker than a process each, with nobody at a terminal. */
export function bzzzIn(cwd: string, ...args: readonly string[]): Promise<Printed> {
  return bzzzAt({ nowMs: () => Date.now() }, cwd, ...args);
}

export type Printed = { readonly code: number; readonly out: string; readonly err: string };

/** The same by another clock. */
export async function bzzzAt(
  clock: Clock,
  cwd: string,
  ...args: readonly string[]
): Promise<Printed> {
  let [out, err] = ['', ''];
  const code = await run([...args], {
    env: {},
    cwd,
    isTerminal: { out: false, err: false },
    columns: 100,
    clock,
    signal: new AbortController().signal,
    out: (text) => (out += text),
    err: (text) => (err += text),
    read: async () => '',
  });
  return { code, out, err };
}
