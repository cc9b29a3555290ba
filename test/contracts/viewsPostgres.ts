import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** A PostgreSQL server of a test's own. */
export type PostgresServer = {
  /** A connection string for a database, made if it is not there. */
  database(name: string): Promise<string>;
  query(url: string, sql: string): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
};

const startTimeoutMs = 30_000;

/** Starts a server in a folder of its own, or says why that cannot be done here. */
export async function startPostgres(): Promise<PostgresServer | string> {
  const bin = findBinaries();
  if (bin === null) return 'there is no initdb in PATH or /usr/lib/postgresql';
  const user = serverUser();
  if (typeof user === 'string') return user;
  const dir = mkdtempSync(join(tmpdir(), 'bzzz-pg-'));
  if (user.uid !== undefined && user.gid !== undefined) chownSync(dir, user.uid, user.gid);
  const data = join(dir, 'data');
  const options = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'];
  const made = spawnSync(join(bin, 'initdb'), options, { ...user, cwd: dir, encoding: 'utf8' });
  if (made.status !== 0) return `initdb failed: ${made.stderr || made.error?.message}`;
  const settings = ['listen_addresses=', `unix_socket_directories=${dir}`, 'fsync=off'];
  const server = [join(bin, 'postgres'), '-D', data, ...settings.flatMap((each) => ['-c', each])];
  // The shell stops the server when its input ends: also when this process is killed.
  const shell = spawn('sh', ['-c', '"$@" & cat > /dev/null; kill -INT $!; wait', 'sh', ...server], {
    ...user,
    cwd: dir,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const urlOf = (name: string): string =>
    `postgresql:///${name}?host=${encodeURIComponent(dir)}&user=postgres`;
  await untilReady(urlOf('postgres'));
  return {
    async database(name) {
      await query(urlOf('postgres'), `create database "${name}"`);
      return urlOf(name);
    },
    query,
    async stop() {
      const gone = once(shell, 'exit');
      shell.stdin.end();
      await gone;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function findBinaries(): string | null {
  const inPath = (process.env['PATH'] ?? '').split(delimiter);
  const all = [...globSync('/usr/lib/postgresql/*/bin').toSorted().toReversed(), ...inPath];
  return all.find((dir) => globSync(join(dir, 'initdb')).length > 0) ?? null;
}

// The server refuses to run as root, so root lends it another account.
function serverUser(): { uid?: number; gid?: number } | string {
  if (userInfo().uid !== 0) return {};
  const idOf = (flag: string): number =>
    Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout || Number.NaN);
  const user = { uid: idOf('-u'), gid: idOf('-g') };
  return Number.isNaN(user.uid)
    ? 'PostgreSQL does not run as root, and there is no user postgres'
    : user;
}

async function untilReady(url: string): Promise<void> {
  const deadline = performance.now() + startTimeoutMs;
  for (;;) {
    try {
      await query(url, 'select 1');
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(50);
    }
  }
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, options: '-c search_path=bzzz' });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
