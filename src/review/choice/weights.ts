/**
 * What makes a change risky, and how much each thing weighs. Points are added up; 30 is where a change stops
 * being low risk and 60 where it is high. So one dangerous line (45, 50) in any file that ships (15) is high,
 * a branch (20) in a plain file is ordinary, and a file that cannot hurt stays low unless it says
 * something that can. The numbers were set on the tuned part of test/src/review/choice/tasks.
 */

/** Up to here nothing that runs has changed: blanks, comments, names of files, pictures. */
export const trivialMax = 5;
/** From here on the change is ordinary: below, it is low risk. */
export const ordinaryMin = 30;
/** From here on a fault is likely or dear enough for one tier more. */
export const highMin = 60;

/** What a file is worth by its path alone, once something in it is more than layout. */
export const areaPoints = {
  /** Who may do what: a fault lets strangers in. */
  auth: 35,
  /** Small faults break it altogether, and it still seems to work. */
  crypto: 35,
  /** A fault costs money and is repeated with each order. */
  payments: 35,
  /** Run once, on the only copy of the data; there is no way back. */
  migrations: 40,
  /** Read by programs that are not in the change: protocols, schemas, interface descriptions. */
  contract: 35,
  /** Runs with the secrets of the project. */
  ci: 30,
  /** Foreign code that ships; what it does is not in the diff. */
  dependencies: 30,
  /** As `dependencies`, with the code in the repository. Too much to read, and not ours to mend. */
  vendored: 30,
  /** What runs where with which rights. */
  container: 25,
  infra: 20,
  /** Faults show under load only. */
  concurrency: 20,
  /** No compiler looks at it. */
  config: 20,
  source: 15,
  /** Written by a tool, which gets another version or not. */
  lock: 12,
  /** Its source is what has to be judged. */
  generated: 10,
  tests: 10,
  docs: 10,
  styles: 10,
  /** Linters, formatters, editors: they never run in use. */
  tooling: 10,
  fixtures: 8,
  translations: 8,
  /** Pictures, fonts, sounds. */
  assets: 2,
} as const;
export type Area = keyof typeof areaPoints;

/** What the changed lines of a file do; each counts once for a file. */
export const signPoints = {
  /** A known way to switch protection off, such as `verify=False`, mode 777, `csrf_exempt`. */
  'protection.off': 50,
  /** A process, code or an object is made from a string: the worst kind of hole. */
  execution: 45,
  /** A query is put together from parts. */
  'sql.built': 45,
  /** Text is no longer made harmless before it is shown, run or asked. */
  'escape.removed': 45,
  /** A right for everyone or everything, in what is deployed. */
  'open.to.all': 45,
  /** A safeguard goes: a comparison in constant time, a user who is not root, a cookie flag. */
  'hardening.removed': 40,
  /** An anchor or a boundary less: the pattern takes more than before. */
  'regex.loosened': 35,
  /** Something secret reaches a log. */
  'secret.logged': 35,
  /** An await, lock or memory order less: faults that no test shows. */
  'sync.removed': 30,
  /** A lock file fetches from somewhere else, or runs something on install. */
  'lock.source': 30,
  /** A program that nobody can read. */
  binary: 30,
  /** A call that checks, validates or limits goes. */
  'check.removed': 25,
  /** An assertion goes or a test is switched off. */
  'test.weakened': 25,
  /** Rows or columns are changed or removed. */
  'sql.destructive': 25,
  /** Ciphers, hashes, keys, randomness. */
  crypto: 25,
  /** Memory without a net. */
  memory: 25,
  /** A branch, loop, return or throw. */
  control: 20,
  /** Threads, locks, atomics, transactions. */
  concurrency: 20,
  /** A failure is no longer handled, or is turned into a crash or into silence. */
  'errors.removed': 20,
  /** Only operators differ: the smallest change that turns a meaning round. */
  operator: 20,
  /** Whether a foreign action or image is what it was yesterday is not up to us. */
  unpinned: 20,
  /** A condition goes, and what it kept away comes through. */
  'branch.removed': 15,
  /** Only a number or a truth value differs: a limit, a default, an index. */
  value: 15,
  /** Another value is returned than before; only where no branch says so already. */
  result: 15,
  /**
   * Something is called that does more than log; only where nothing above says so already. Code of which
   * nothing is known is ordinary, as low risk has to be seen: texts, types, imports, logging.
   */
  call: 15,
  /** Who somebody is and what they may. */
  identity: 15,
  money: 15,
  rounding: 15,
  /** Input that strangers choose. */
  input: 15,
  regex: 15,
  sql: 12,
  /** Something that others may call is removed or looks different. */
  'signature.removed': 8,
  /** The lines around are about who, money, keys, memory or locks, and the changed ones are not. */
  beside: 10,
  /** The file may be run, or may not be any more. */
  mode: 10,
  /** A line too long to be looked at whole. */
  unread: 20,
} as const;
export type Sign = keyof typeof signPoints;

/** Files in which no more has changed than this. `imports`: the same names from a file that has moved. */
export const layoutPoints = {
  imports: 15,
  reformatted: 8,
  comments: 3,
  renamed: 2,
  whitespace: 1,
} as const;

type Step = readonly [above: number, points: number];

/**
 * The size of what ships, on top of the riskiest file; the last step that is passed counts. Steps, since
 * nobody can say what one line more is worth; they grow slower than the change, since most lines of a
 * large change repeat each other.
 */
export const sizeSteps = {
  /** Added and removed lines, without layout and comments. */
  lines: [
    [60, 5],
    [200, 10],
    [500, 20],
    [1500, 30],
  ],
  files: [
    [5, 5],
    [15, 10],
    [40, 15],
  ],
  /** Folders: what lies far apart is seldom understood by one reader. */
  folders: [
    [3, 5],
    [8, 10],
  ],
} as const satisfies Record<string, readonly Step[]>;

/**
 * What is looked at, so that the work stays linear and small for the worst of inputs: UTF-16 units of a
 * line of code (a longer one counts as `unread`), of a line elsewhere, where a paragraph may be one line;
 * and lines of a file.
 */
export const lineUnitsMax = 400;
export const proseUnitsMax = 2_000;
export const fileLinesMax = 20_000;
/** A change of more lines that ship is not read at all. Nobody reads that: it is as risky as can be. */
export const changeLinesMax = 20_000;
export const changeTooLong = 100;
