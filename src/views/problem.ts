import { Corrupt, Refusal, Unavailable } from '../../events/index.ts';

/** What to do about an error of SQLite, by its primary result code (sqlite.org/rescode.html). */
const sqliteHints: Readonly<Record<number, string>> = {
  5: 'another process has been writing for too long; try again',
  6: 'another process has been writing for too long; try again',
  8: 'it may only be read; make it writable',
  10: 'the disk does not work; check it',
  11: 'it is damaged: remove the file and run `bzzz views rebuild`',
  13: 'the disk is full',
  14: 'the file is not there or cannot be opened; make it with `bzzz views rebuild`',
  26: 'it is no database: remove the file and run `bzzz views rebuild`',
};

/** Classes of SQLSTATE that say that the server, the account or the database is away; deadlock, out of disk. */
const awayState = /^(?:08|28|3D|3F|53|55|57|58|40)/;
/** Of the operating system: ECONNREFUSED, EACCES, ENOTDIR; not ERR_..., which Node.js itself gives. */
const systemErrors = /^(?!ERR_)E[A-Z0-9_]+$/;
/** What the driver says of a connection that breaks or does not come about. */
const broken = /^timeout exceeded|^Connection terminated|connection error and is not queryable/;

const neverBuilt = /no such table: builds$|relation "builds" does not exist/;

/** The error to throw on: Unavailable VIEWS_UNAVAILABLE if the database is the problem, else the same. */
export function viewProblem(error: unknown, database: string): unknown {
  const hint = hintOf(error);
  if (hint === undefined) return error;
  const message = `the views in ${database} cannot be reached: ${hint}`;
  return new Unavailable('VIEWS_UNAVAILABLE', message, { cause: error });
}

function hintOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || isOurs(error)) return undefined;
  if (neverBuilt.test(error.message)) return 'there are none yet; run `bzzz views rebuild`';
  if ('errcode' in error && typeof error.errcode === 'number')
    return sqliteHints[error.errcode & 0xff];
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const away = awayState.test(code) || systemErrors.test(code) || broken.test(error.message);
  return away ? `${error.message || code}; check that it is there and may be used` : undefined;
}

function isOurs(error: Error): boolean {
  return error instanceof Refusal || error instanceof Unavailable || error instanceof Corrupt;
}
