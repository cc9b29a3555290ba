import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const env = {
  PATH: process.env['PATH'],
  HOME: tmpdir(),
  LC_ALL: 'C',
  TZ: 'America/New_York',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Ann',
  GIT_AUTHOR_EMAIL: 'ann@example.org',
  GIT_COMMITTER_NAME: 'Ann',
  GIT_COMMITTER_EMAIL: 'ann@example.org',
};

/** A folder of its own in which programs are run; it goes away with `remove`. */
export type Workplace = {
  dir: string;
  /** Gives what the program prints, as bytes; exit code 1 means "there are differences". */
  run: (program: 'git' | 'diff', ...args: string[]) => Buffer;
  git: (...args: string[]) => string;
  write: (path: string, content: string | Buffer) => void;
  remove: () => void;
};

export function workplace(): Workplace {
  const dir = mkdtempSync(join(tmpdir(), 'bzzz-diff-'));
  const run = (program: 'git' | 'diff', ...args: string[]): Buffer => {
    const { status, stdout, stderr, error } = spawnSync(program, args, {
      cwd: dir,
      env,
      maxBuffer: 1e9,
    });
    if (error !== undefined) throw error;
    if (status !== 0 && status !== 1)
      throw new Error(`${program} ${args.join(' ')}: ${stderr.toString()}`);
    return stdout;
  };
  return {
    dir,
    run,
    git: (...args) => run('git', ...args).toString(),
    write: (path, content) => {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      writeFileSync(join(dir, path), content);
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

/** What git says about a changed file without printing the patch. */
export type Known = {
  status: string;
  path: string;
  oldPath: string;
  oldMode: string;
  newMode: string;
  oldBlob: string;
  newBlob: string;
  added: number | null;
  removed: number | null;
};

/** Reads `--raw -z` and `--numstat -z` of the same diff: formats that need no quoting. */
export function knownChanges(git: Workplace['git'], ...diff: string[]): Known[] {
  const raw = git(...diff, '--raw', '--no-abbrev', '-z').split('\0');
  const counts = git(...diff, '--numstat', '-z').split('\0');
  const known: Known[] = [];
  for (let meta = raw.shift(); meta?.startsWith(':'); meta = raw.shift()) {
    const [oldMode = '', newMode = '', oldBlob = '', newBlob = '', kind = ''] = meta
      .slice(1)
      .split(' ');
    const moved = kind.startsWith('R') || kind.startsWith('C');
    const oldPath = raw.shift() ?? '';
    const path = moved ? (raw.shift() ?? '') : oldPath;
    const [added, removed] = (counts.shift() ?? '')
      .split('\t')
      .map((count) => (count === '-' ? null : Number(count)));
    if (moved) counts.splice(0, 2);
    const status = kind.charAt(0);
    known.push({
      status,
      path,
      oldPath,
      oldMode,
      newMode,
      oldBlob,
      newBlob,
      added: added ?? null,
      removed: removed ?? null,
    });
  }
  return known;
}
