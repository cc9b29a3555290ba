import type { EventOf, Recorded } from '../events/index.ts';
import { change, json, on, projection, put, table, type RowOp } from './projection.ts';

/** What did it cost, what is held, what was refused, and which caps apply? Money in micro-dollars. */

/** One row per hold, from reservation to its end. */
export const holds = table({
  name: 'holds',
  columns: {
    hold: 'text',
    project: 'text',
    thread: 'text',
    agent: 'text',
    role: 'text',
    model: 'text',
    /** The day and the month in whose budget it is, UTC: `2026-11-23`, `2026-11`. */
    day: 'text',
    month: 'text',
    heldAt: 'text',
    expiresAt: 'text',
    heldMicroUsd: 'int',
    priceBook: 'text',
    state: ['open', 'settled', 'charged', 'released'],
    /** What was spent of it. */
    chargedMicroUsd: 'int',
    /** What the provider's usage costs; above the hold only if it generated more than was asked. */
    reportedMicroUsd: 'int?',
    endedAt: 'text?',
    /** Why it ended: usage, hold, expired, interrupted, failed, or the reason of a release. */
    ending: 'text?',
  },
  key: ['hold'],
  indexes: [['thread'], ['agent']],
});

/** The scopes that a hold counts in, one row each: `task:pr-42`, `day:2026-11-23`, `team:payments`. */
export const scopes = table({
  name: 'scopes',
  columns: {
    hold: 'text',
    scope: 'text',
    /** What stands in front of the colon. */
    kind: 'text',
  },
  key: ['hold', 'scope'],
});

/** Calls that a cap has stopped. */
export const refusals = table({
  name: 'refusals',
  columns: {
    seq: 'int',
    at: 'text',
    day: 'text',
    month: 'text',
    project: 'text',
    thread: 'text',
    agent: 'text',
    role: 'text',
    model: 'text',
    refusal: ['transient', 'neverFits'],
    amountMicroUsd: 'int',
    /** ScopeState of every scope that had a cap at that moment. */
    scopes: 'text',
    retryAfterMs: 'int?',
  },
  key: ['seq'],
  indexes: [['thread'], ['agent']],
});

/** Caps by scope, or kind of scope; without an amount once it was removed. */
export const limits = table({
  name: 'limits',
  columns: { scope: 'text', project: 'text', limitMicroUsd: 'int?', by: 'text', setAt: 'text' },
  key: ['scope'],
});

/** At which percents of a cap alerts are raised; a log has one row once somebody has set them. */
export const thresholds = table({
  name: 'thresholds',
  columns: {
    project: 'text',
    /** JSON array of percents. */
    thresholdsPct: 'text',
    by: 'text',
    setAt: 'text',
  },
  key: [],
});

export const alerts = table({
  name: 'alerts',
  columns: {
    scope: 'text',
    thresholdPct: 'int',
    project: 'text',
    raisedAt: 'text',
    spentMicroUsd: 'int',
    limitMicroUsd: 'int',
  },
  key: ['scope', 'thresholdPct'],
});

/** Model calls as the agents recorded them. */
export const calls = table({
  name: 'calls',
  columns: {
    call: 'text',
    project: 'text',
    hold: 'text',
    agent: 'text',
    turn: 'text',
    attempt: 'int',
    provider: 'text',
    model: 'text',
    startedAt: 'text',
    state: ['open', 'completed', 'failed'],
    endedAt: 'text?',
    latencyMs: 'int?',
    /** Finish reason of a completed call, reason of a failed one. */
    ending: 'text?',
    inputTokens: 'int',
    cachedInputTokens: 'int',
    /** Null when the provider did not tell. */
    cacheWriteTokens: 'int?',
    outputTokens: 'int',
    reasoningTokens: 'int',
  },
  key: ['call'],
  indexes: [['hold'], ['agent']],
});

type Fact<Type extends string> = Recorded<Extract<EventOf<'budget' | 'agent'>, { type: Type }>>;
const noTokens = {
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: null,
  outputTokens: 0,
  reasoningTokens: 0,
};

// Lenient, unlike parseAddress: a view shows what was recorded and never stops at it.
function partsOf(address: string): { role: string; project: string } {
  const [, role = '', project = ''] = /^bzzz:[/]+[^:]*:([^@]*)@([^:]*):/.exec(address) ?? [];
  return { role, project };
}

function held({ meta, event }: Fact<'budget.held'>): RowOp[] {
  const { hold, thread, agent, model, expiresAt, priceBook } = event;
  const counted = [...new Set(event.scopes)];
  return [
    put(holds, {
      hold,
      project: partsOf(meta.actor).project,
      thread,
      agent,
      role: partsOf(agent).role,
      model,
      ...windowsOf(counted, meta.at),
      heldAt: meta.at,
      expiresAt,
      heldMicroUsd: event.amountMicroUsd,
      priceBook,
      state: 'open',
      chargedMicroUsd: 0,
      reportedMicroUsd: null,
      endedAt: null,
      ending: null,
    }),
    ...counted.map((scope) =>
      put(scopes, { hold, scope, kind: scope.slice(0, Math.max(scope.indexOf(':'), 0)) }),
    ),
  ];
}

// The ledger counts a hold in the windows that it was held in, even if it is settled after midnight.
function windowsOf(names: readonly string[], at: string): { day: string; month: string } {
  const named = (kind: string): string | undefined =>
    names.find((scope) => scope.startsWith(kind))?.slice(kind.length);
  const day = named('day:') ?? at.slice(0, 10);
  return { day, month: named('month:') ?? day.slice(0, 7) };
}

function settled({ meta, event }: Fact<'budget.settled'>): RowOp[] {
  const { hold, amountMicroUsd, reportedMicroUsd, basis } = event;
  const end = { state: 'settled' as const, endedAt: meta.at, ending: basis };
  return [change(holds, { hold }, { ...end, chargedMicroUsd: amountMicroUsd, reportedMicroUsd })];
}

function refused({ meta, event }: Fact<'budget.refused'>): RowOp[] {
  const { refusal, amountMicroUsd, thread, agent, model, retryAfterMs } = event;
  const names = event.scopes.map(({ scope }) => scope);
  return [
    put(refusals, {
      seq: meta.seq,
      at: meta.at,
      ...windowsOf(names, meta.at),
      project: partsOf(meta.actor).project,
      thread,
      agent,
      role: partsOf(agent).role,
      model,
      refusal,
      amountMicroUsd,
      scopes: json(event.scopes),
      retryAfterMs,
    }),
  ];
}

function called({ meta, event }: Fact<'agent.call.started'>): RowOp[] {
  const { call, turn, attempt, provider, model } = event;
  return [
    put(calls, {
      call,
      project: partsOf(meta.actor).project,
      // As long as a budget allows: an index cannot hold text of any length.
      hold: event.hold.slice(0, 200),
      agent: meta.actor,
      turn,
      attempt,
      provider,
      model,
      startedAt: meta.at,
      state: 'open',
      endedAt: null,
      latencyMs: null,
      ending: null,
      ...noTokens,
    }),
  ];
}

/** Holds, their scopes and how they ended, refusals, limits, alerts, and the calls behind them. */
export const cost = projection(
  'cost',
  2,
  [holds, scopes, refusals, limits, thresholds, alerts, calls],
  [
    on('budget.limit.set', ({ meta, event: { scope, limitMicroUsd, by } }) => {
      const { project } = partsOf(meta.actor);
      return [put(limits, { scope, project, limitMicroUsd, by, setAt: meta.at })];
    }),
    on('budget.limit.removed', ({ meta, event: { scope, by } }) => [
      change(limits, { scope }, { limitMicroUsd: null, by, setAt: meta.at }),
    ]),
    on('budget.held', held),
    on('budget.settled', settled),
    on('budget.released', ({ meta, event: { hold, reason } }) => [
      change(holds, { hold }, { state: 'released', endedAt: meta.at, ending: reason }),
    ]),
    on('budget.hold.charged', ({ meta, event: { hold, amountMicroUsd, reason } }) => {
      const end = { state: 'charged' as const, endedAt: meta.at, ending: reason };
      return [change(holds, { hold }, { ...end, chargedMicroUsd: amountMicroUsd })];
    }),
    on('budget.refused', refused),
    on('budget.alerts.set', ({ meta, event: { thresholdsPct, by } }) => {
      const { project } = partsOf(meta.actor);
      return [put(thresholds, { project, thresholdsPct: json(thresholdsPct), by, setAt: meta.at })];
    }),
    on('budget.alert.raised', ({ meta, event: { type: _type, ...alert } }) => {
      const { project } = partsOf(meta.actor);
      return [put(alerts, { ...alert, project, raisedAt: meta.at })];
    }),
    on('agent.call.started', called),
    on('agent.call.completed', ({ meta, event: { call, latencyMs, finishReason, usage } }) => {
      const end = {
        state: 'completed' as const,
        endedAt: meta.at,
        latencyMs,
        ending: finishReason,
      };
      return [change(calls, { call }, { ...end, ...(usage ?? noTokens) })];
    }),
    on('agent.call.failed', ({ meta, event: { call, reason } }) => [
      change(calls, { call }, { state: 'failed', endedAt: meta.at, ending: reason }),
    ]),
  ],
);
