import { run } from '../../src/cli/program.ts';

/** The command line in this process: quicker than a process each, with nobody at a terminal. */
export async function bzzzIn(
  cwd: string,
  ...args: readonly string[]
): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const code = await run([...args], {
    env: {},
    cwd,
    isTerminal: { out: false, err: false },
    columns: 100,
    signal: new AbortController().signal,
    out: (text) => (out += text),
    err: (text) => (err += text),
    read: async () => '',
  });
  return { code, out, err };
}
