import { sql, type Expression, type JoinBuilder, type RawBuilder } from 'kysely';
import { scopeKinds, type ScopeState } from '../../../events/index.ts';
import type { Database, Db } from '../database.ts';
import { fromJson } from '../fromJson.ts';
import { alertsOf, limitsOf, type Alert, type Limit } from './limits.ts';

/** What holds add up to, and the tokens of the calls behind them. Money is integer micro-dollars. */
export type Money = {
  /** Settled or charged. */
  readonly spentMicroUsd: number;
  /** Reserved by calls that have no outcome yet. */
  readonly heldMicroUsd: number;
  readonly holds: number;
  readonly openHolds: number;
  /** What providers reported beyond what was asked of them and the caps had room for: billed, not counted. */
  readonly excessMicroUsd: number;
  /** Holds charged in full, because nothing said what the call had really cost. */
  readonly chargedInFull: number;
  /** Calls that a cap has stopped. */
  readonly refused: number;
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  /** As far as providers have told. */
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
};

export type CostKey = 'project' | 'thread' | 'agent' | 'role' | 'model' | 'day' | 'month' | 'label';

/** Moments are RFC 3339, or their beginning, such as a date: from `since` on, before `until`. */
export type CostFilter = {
  readonly by: CostKey;
  readonly project?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
};

export type Cost = {
  readonly by: CostKey;
  /**
   * One row per thread, agent and so on, the dearest first; days and months in order. By label there is a
   * row for each label such as `team:payments`: a call counts in all of its labels, one without in none,
   * and a call that was stopped in those that have a cap.
   */
  readonly rows: readonly (Money & { readonly key: string })[];
  /** Of all calls. */
  readonly total: Money;
  readonly limits: readonly Limit[];
  readonly alerts: readonly Alert[];
};

/** What was spent, held and refused per thread, agent, model, day and so on; limits and alerts. */
export async function costSummary(db: Db, filter: CostFilter): Promise<Cost> {
  const { by, project } = filter;
  const sums = await sumsBy(db, filter);
  const rows = [...sums].map(([key, money]) => ({ key, ...money }));
  const inOrder = by === 'day' || by === 'month';
  rows.sort(
    (a, b) => (inOrder ? 0 : b.spentMicroUsd - a.spentMicroUsd) || (a.key < b.key ? -1 : 1),
  );
  // Rows by label overlap.
  const parts = by === 'label' ? await sumsBy(db, { ...filter, by: 'project' }) : sums;
  return {
    by,
    rows,
    total: add(...parts.values()),
    limits: await limitsOf(db, project),
    alerts: await alertsOf(db, project),
  };
}

/** What one thread or agent has cost, by its address. */
export async function moneyOf(db: Db, by: 'thread' | 'agent', address: string): Promise<Money> {
  const sums = await sumsBy(db, { by, only: address });
  return sums.get(address) ?? add();
}

type Cut = CostFilter & { readonly only?: string };
type Part = { readonly key: string } & Partial<Money>;

async function sumsBy(db: Db, cut: Cut): Promise<Map<string, Money>> {
  const sums = new Map<string, Money>();
  for (const read of [holdSums, tokenSums, refusalSums])
    for (const { key, ...part } of await read(db, cut))
      sums.set(key, add(sums.get(key) ?? {}, part));
  return sums;
}

async function holdSums(db: Db, cut: Cut): Promise<Part[]> {
  const where = (state: Database['holds']['state'], amount: RawBuilder<unknown>) =>
    sum(sql`case when ${sql.ref('holds.state')} = ${state} then ${amount} else 0 end`);
  const one = sql.lit(1);
  const key = keyOf(cut.by, 'holds');
  return await db
    .selectFrom('holds')
    .$if(cut.by === 'label', (query) => query.innerJoin('scopes', onLabels))
    .select((eb) => [
      key.as('key'),
      eb.fn.countAll<number>().as('holds'),
      sum(sql.ref('holds.chargedMicroUsd')).as('spentMicroUsd'),
      where('open', sql.ref('holds.heldMicroUsd')).as('heldMicroUsd'),
      where('open', one).as('openHolds'),
      sum(excess).as('excessMicroUsd'),
      sum(inFull).as('chargedInFull'),
    ])
    .where(within(cut, 'holds'))
    .groupBy(key)
    .execute();
}

const excess = sql`case when ${sql.ref('holds.reportedMicroUsd')} > ${sql.ref('holds.chargedMicroUsd')} then ${sql.ref('holds.reportedMicroUsd')} - ${sql.ref('holds.chargedMicroUsd')} else 0 end`;
// Settled in full counts too: its provider reported no usage.
const inFull = sql`case when ${sql.ref('holds.state')} = 'charged' or ${sql.ref('holds.ending')} = 'hold' then 1 else 0 end`;

// Not together with the holds: a hold with two calls would be added twice.
async function tokenSums(db: Db, cut: Cut): Promise<Part[]> {
  const key = keyOf(cut.by, 'holds');
  return await db
    .selectFrom('holds')
    .innerJoin('calls', (join) =>
      join.onRef('calls.hold', '=', 'holds.hold').onRef('calls.project', '=', 'holds.project'),
    )
    .$if(cut.by === 'label', (query) => query.innerJoin('scopes', onLabels))
    .select((eb) => [
      key.as('key'),
      sum(eb.ref('calls.inputTokens')).as('inputTokens'),
      sum(eb.ref('calls.cachedInputTokens')).as('cachedInputTokens'),
      sum(eb.ref('calls.cacheWriteTokens')).as('cacheWriteTokens'),
      sum(eb.ref('calls.outputTokens')).as('outputTokens'),
      sum(eb.ref('calls.reasoningTokens')).as('reasoningTokens'),
    ])
    .where(within(cut, 'holds'))
    .groupBy(key)
    .execute();
}

async function refusalSums(db: Db, cut: Cut): Promise<Part[]> {
  if (cut.by === 'label') return await refusalsByLabel(db, cut);
  const key = keyOf(cut.by, 'refusals');
  return await db
    .selectFrom('refusals')
    .select((eb) => [key.as('key'), eb.fn.countAll<number>().as('refused')])
    .where(within(cut, 'refusals'))
    .groupBy(key)
    .execute();
}

async function refusalsByLabel(db: Db, cut: Cut): Promise<Part[]> {
  const rows = await db
    .selectFrom('refusals')
    .select('scopes')
    .where(within(cut, 'refusals'))
    .execute();
  const labels = rows
    .flatMap(({ scopes }) => [...new Set(fromJson<ScopeState[]>(scopes).map(({ scope }) => scope))])
    .filter((scope) => !scopeKinds.some((kind) => scope.startsWith(`${kind}:`)));
  const refused = Map.groupBy(labels, (label) => label);
  return [...refused].map(([key, { length }]) => ({ key, refused: length }));
}

/** Labels are the scopes of other kinds than the built-in ones. */
function onLabels(
  join: JoinBuilder<Database, 'holds' | 'scopes'>,
): JoinBuilder<Database, 'holds' | 'scopes'> {
  return join
    .onRef('scopes.log', '=', 'holds.log')
    .onRef('scopes.hold', '=', 'holds.hold')
    .on('scopes.kind', 'not in', scopeKinds);
}

function keyOf(by: CostKey, table: 'holds' | 'refusals'): RawBuilder<string> {
  return sql`${sql.ref(by === 'label' ? 'scopes.scope' : `${table}.${by}`)}`;
}

function within(cut: Cut, table: 'holds' | 'refusals'): RawBuilder<boolean> {
  const at = table === 'holds' ? 'heldAt' : 'at';
  const tests = [
    ['project', '=', cut.project],
    [cut.by, '=', cut.only],
    [at, '>=', cut.since],
    [at, '<', cut.until],
  ] as const;
  const wanted = tests.flatMap(([column, operator, value]) =>
    value === undefined
      ? []
      : [sql`${sql.ref(`${table}.${column}`)} ${sql.raw(operator)} ${value}`],
  );
  return wanted.length === 0 ? sql`1 = 1` : sql.join(wanted, sql` and `);
}

// PostgreSQL adds 64-bit integers up to a decimal.
function sum(of: Expression<unknown>): RawBuilder<number> {
  return sql`cast(coalesce(sum(${of}), 0) as bigint)`;
}

function add(...parts: readonly Partial<Money>[]): Money {
  const total = (key: keyof Money): number =>
    parts.reduce((all, part) => all + (part[key] ?? 0), 0);
  return {
    spentMicroUsd: total('spentMicroUsd'),
    heldMicroUsd: total('heldMicroUsd'),
    holds: total('holds'),
    openHolds: total('openHolds'),
    excessMicroUsd: total('excessMicroUsd'),
    chargedInFull: total('chargedInFull'),
    refused: total('refused'),
    inputTokens: total('inputTokens'),
    cachedInputTokens: total('cachedInputTokens'),
    cacheWriteTokens: total('cacheWriteTokens'),
    outputTokens: total('outputTokens'),
    reasoningTokens: total('reasoningTokens'),
  };
}
