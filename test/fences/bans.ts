const clock = 'The clock is input: take `at` from the event or the command.';
const chance = 'Chance is input: ids and random choices arrive in the command and are recorded.';
const timer = 'Nothing waits here: a deadline is a fact that the scheduler in src appends.';
const world = 'The world is input: src supplies it through ports and machine.provide().';
const place = 'Two machines in two places must agree: use code units, UTC and plain digits.';

/** Globals that a pure folder must not touch, each with what to do instead. */
export const bannedGlobals: Readonly<Record<string, string>> = {
  performance: clock,
  Temporal: clock,
  crypto: chance,
  setTimeout: timer,
  setInterval: timer,
  setImmediate: timer,
  queueMicrotask: timer,
  process: world,
  fetch: world,
  WebSocket: world,
  console: world,
  globalThis: world,
  global: world,
  require: world,
  Intl: place,
};

/** Globals of which only the listed members are pure. */
export const partlyBannedGlobals: Readonly<Record<string, { allowed: RegExp; instead: string }>> = {
  Date: { allowed: /^(?:parse|UTC)$/, instead: clock },
  Math: { allowed: /^(?!random$)/, instead: chance },
};

/** Methods whose answer depends on the locale or the time zone of the machine. */
export const bannedMethods = {
  names:
    /^(?:localeCompare|toLocale\w+|[gs]et(?:FullYear|Month|Date|Day|Hours|Minutes|Seconds|TimezoneOffset))$/,
  instead: place,
} as const;
