import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';

const root = join(import.meta.dirname, '../../..');

/** Longest life of a process. */
const patienceMs = 60_000;

/** Starts bzzz as a user does. */
export const launcher = join(root, 'src/cli/bzzz');

/** How a process ended, and all it said. */
export type Run = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
};

export type RunOptions = {
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input; empty by default, and without an end if null. */
  readonly input?: string | Uint8Array | null;
  /** Folder below the place. */
  readonly cwd?: string;
};

/** A process under way. The launcher becomes the program, so its id is the program's. */
export type Started = { readonly child: ChildProcess; readonly ended: Promise<Run> };

/** A folder of its own in which bzzz runs, without the settings of whoever runs the tests. */
export class Place {
  readonly dir: string;

  private constructor(dir: string) {
    this.dir = dir;
  }

  static async make(files: Readonly<Record<string, unknown>> = {}): Promise<Place> {
    const place = new Place(await mkdtemp(join(tmpdir(), 'bzzz-e2e-')));
    for (const [path, content] of Object.entries(files)) await place.write(path, content);
    return place;
  }

  /** Where the data lies when nothing else is said. */
  get data(): string {
    return join(this.dir, '.bzzz');
  }

  /** Writes a file, as text or as JSON. */
  async write(path: string, content: unknown): Promise<string> {
    const at = join(this.dir, path);
    await mkdir(dirname(at), { recursive: true });
    await writeFile(at, typeof content === 'string' ? content : JSON.stringify(content));
    return at;
  }

  /** Names of all files, below the place. */
  async files(): Promise<string[]> {
    const entries = await readdir(this.dir, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).slice(this.dir.length + 1));
  }

  /** Runs bzzz to its end. */
  bzzz(args: readonly string[], options: RunOptions = {}): Promise<Run> {
    return this.start(args, options).ended;
  }

  start(args: readonly string[], options: RunOptions = {}): Started {
    return this.startCommand(launcher, args, options);
  }

  /** Starts any program with the environment that bzzz gets here. */
  startCommand(command: string, args: readonly string[], options: RunOptions = {}): Started {
    const { env = {}, input = '', cwd = '.' } = options;
    const child = spawn(command, args, {
      cwd: join(this.dir, cwd),
      env: { ...this.#environment(), ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    // A program that refuses its arguments does not read what it is given.
    child.stdin.on('error', () => undefined);
    if (input !== null) child.stdin.end(input);
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    const ended = new Promise<Run>((resolve, reject) => {
      const impatience = setTimeout(() => {
        child.kill('SIGKILL');
        const how = `exit ${child.exitCode}, signal ${child.signalCode}`;
        reject(new Error(`${command} ${args.join(' ')} does not end (${how}): ${out}${err}`));
      }, patienceMs);
      child.on('error', reject);
      child.on('close', (code, signal) => {
        clearTimeout(impatience);
        resolve({ code, signal, out, err });
      });
    });
    return { child, ended };
  }

  remove(): Promise<void> {
    return rm(this.dir, { recursive: true, force: true });
  }

  #environment(): Record<string, string> {
    const { PATH = '' } = process.env;
    return {
      PATH,
      HOME: this.dir,
      TMPDIR: this.dir,
      NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/compile'),
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CEILING_DIRECTORIES: dirname(this.dir),
    };
  }
}

/** A place that is gone after the test. */
export async function placeFor(
  t: TestContext,
  files: Readonly<Record<string, unknown>> = {},
): Promise<Place> {
  const place = await Place.make(files);
  t.after(() => place.remove());
  return place;
}
