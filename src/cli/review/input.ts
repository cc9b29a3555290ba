import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { Refusal } from '../../../events/index.ts';
import type { Io } from '../io.ts';

const run = promisify(execFile);
const diffBytesMax = 32 * 1024 * 1024;

export type DiffSource = {
  /** A revision to compare HEAD with, or a range A..B. */
  readonly base?: string | undefined;
  /** A file, or - for standard input. */
  readonly diff?: string | undefined;
};

/** The text of the change to review. Throws Refusal with one line that says what to do. */
export async function readChange(io: Io, { base, diff }: DiffSource): Promise<string> {
  if (base !== undefined && diff === undefined) return diffSince(io, base);
  if (diff !== undefined && base === undefined) {
    const text = await (diff === '-' ? io.read() : readDiffFile(diff));
    if (Buffer.byteLength(text) > diffBytesMax) throw tooLarge();
    return text;
  }
  throw new Refusal(
    'ARGUMENT_INVALID',
    'name one change: --base REV for commits of this repository, --diff FILE or --diff - for a diff',
  );
}

function tooLarge(cause?: unknown): Refusal {
  return new Refusal('DIFF_INVALID', `the change is over ${diffBytesMax} bytes; split it`, {
    cause,
  });
}

async function readDiffFile(path: string): Promise<string> {
  const found = await stat(path).catch(() => null);
  if (!found) throw new Refusal('ARGUMENT_INVALID', `there is no file ${path}`);
  if (found.isDirectory()) {
    throw new Refusal('ARGUMENT_INVALID', `${path} is a directory; name a diff, or use --base REV`);
  }
  return readFile(path, 'utf8');
}

// What the branch adds, as a pull request shows it: from where it left REV to HEAD.
async function diffSince(io: Io, base: string): Promise<string> {
  const [from, to = 'HEAD'] = base.split(/\.{2,3}/);
  const range = [await commitOf(io, from || 'HEAD'), await commitOf(io, to || 'HEAD')].join('...');
  const text = await git(io, ['-c', 'core.quotePath=true', 'diff', ...asEverywhere, range, '--']);
  if (text.trim() === '') {
    throw new Refusal(
      'DIFF_INVALID',
      `no commit changes anything since ${base}; commit, or pipe: git diff | bzzz review --diff -`,
    );
  }
  return text;
}

/** What the settings of whoever runs git could say otherwise. */
const asEverywhere = [
  '--no-color',
  '--no-ext-diff',
  '--no-textconv',
  '--no-relative',
  '--submodule=short',
  '--src-prefix=a/',
  '--dst-prefix=b/',
  '--full-index',
  '--find-renames',
];

async function commitOf(io: Io, revision: string): Promise<string> {
  try {
    const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`];
    return (await git(io, args)).trim();
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    throw new Refusal('REVISION_UNKNOWN', `git does not know the revision ${revision} here`, {
      cause,
    });
  }
}

async function git(io: Io, args: readonly string[]): Promise<string> {
  try {
    const options = { cwd: io.cwd, maxBuffer: diffBytesMax, signal: io.signal };
    return (await run('git', args, options)).stdout;
  } catch (cause) {
    io.signal.throwIfAborted();
    const { code, stderr } = failureOf(cause);
    if (code === 'ENOENT') {
      throw new Refusal('ARGUMENT_INVALID', 'git is not installed; pass a diff with --diff', {
        cause,
      });
    }
    if (/not a git repository/i.test(stderr)) {
      throw new Refusal(
        'ARGUMENT_INVALID',
        `${io.cwd} is not in a git repository; pass a diff with --diff`,
        { cause },
      );
    }
    if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') throw tooLarge(cause);
    const [said] = (stderr ?? '').trim().split('\n');
    if (!said) throw cause;
    throw new Refusal('REVISION_UNKNOWN', `git says: ${said.replace(/^fatal: /, '')}`, { cause });
  }
}

/** What child_process tells of a command that failed. */
function failureOf(cause: unknown): { code: unknown; stderr: string } {
  if (!(cause instanceof Error)) return { code: null, stderr: '' };
  const code = 'code' in cause ? cause.code : null;
  return { code, stderr: 'stderr' in cause ? String(cause.stderr) : '' };
}
