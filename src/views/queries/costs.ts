import { sql, type Expression, type RawBuilder } from 'kysely';
import type { Usage } from '../../../events/index.ts';
import type { Database, Db } from '../database.ts';

/** What holds add up to, and the tokens of the calls behind them. Money is integer micro-dollars. */
export type Money = Usage & {
  /** Settled or charged. */
  readonly spentMicroUsd: number;
  /** Reserved by calls that have no outcome yet. */
  readonly heldMicroUsd: number;
  readonly holds: number;
  readonly openHolds: number;
  /** Holds charged in full, because nothing said what the call had really cost. */
  readonly chargedInFull: number;
  /** Calls that a cap has stopped. */
  readonly refused: number;
};

export type CostKey = 'thread' | 'agent' | 'model' | 'day' | 'role';

/** Moments are RFC 3339, or their beginning, such as a date: from `since` on, before `until`. */
export type CostFilter = {
  readonly by: CostKey;
  readonly project?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
};

export type Cost = {
  readonly by: CostKey;
  /** One row per thread, agent and so on, the dearest first; days in order. */
  readonly rows: readonly (Money & { readonly key: string })[];
  readonly total: Money;
  readonly limits: readonly Omit<Database['limits'], 'log'>[];
  readonly alerts: readonly Omit<Database['alerts'], 'log'>[];
};

export type OpenHold = Pick<
  Database['holds'],
  'hold' | 'project' | 'thread' | 'agent' | 'model' | 'heldMicroUsd' | 'heldAt' | 'expiresAt'
>;

/** What was spent, held and refused per thread, agent, model, day or role; limits and alerts. */
export async function costSummary(db: Db, filter: CostFilter): Promise<Cost> {
  const { by, project } = filter;
  const sums = await sumsBy(db, filter);
  const rows = [...sums].map(([key, money]) => ({ key, ...money }));
  rows.sort(
    (a, b) => (by === 'day' ? 0 : b.spentMicroUsd - a.spentMicroUsd) || (a.key < b.key ? -1 : 1),
  );
  return {
    by,
    rows,
    total: add(...sums.values()),
    limits: await limitsOf(db, project),
    alerts: await alertsOf(db, project),
  };
}

/** What one thread or agent has cost, by its address. */
export async function moneyOf(db: Db, by: 'thread' | 'agent', address: string): Promise<Money> {
  const sums = await sumsBy(db, { by, only: address });
  return sums.get(address) ?? add();
}

/** Holds without an outcome yet; those that expire first first. */
export async function openHolds(db: Db, project?: string): Promise<OpenHold[]> {
  let query = db
    .selectFrom('holds')
    .select(['hold', 'project', 'thread', 'agent', 'model', 'heldMicroUsd', 'heldAt', 'expiresAt'])
    .where('state', '=', 'open')
    .orderBy('expiresAt')
    .orderBy('hold');
  if (project !== undefined) query = query.where('project', '=', project);
  return await query.execute();
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
    sum(sql`case when ${sql.ref('state')} = ${state} then ${amount} else 0 end`);
  const one = sql.lit(1);
  return await db
    .selectFrom('holds')
    .select((eb) => [
      eb.ref(cut.by).as('key'),
      eb.fn.countAll<number>().as('holds'),
      sum(sql.ref('holds.chargedMicroUsd')).as('spentMicroUsd'),
      where('open', sql.ref('heldMicroUsd')).as('heldMicroUsd'),
      where('open', one).as('openHolds'),
      where('charged', one).as('chargedInFull'),
    ])
    .where(within(cut, 'holds'))
    .groupBy(cut.by)
    .execute();
}

// Not together with the holds: a hold with two calls would be added twice.
async function tokenSums(db: Db, cut: Cut): Promise<Part[]> {
  return await db
    .selectFrom('holds')
    .innerJoin('calls', (join) =>
      join.onRef('calls.hold', '=', 'holds.hold').onRef('calls.project', '=', 'holds.project'),
    )
    .select((eb) => [
      eb.ref(`holds.${cut.by}`).as('key'),
      sum(eb.ref('calls.inputTokens')).as('inputTokens'),
      sum(eb.ref('calls.cachedInputTokens')).as('cachedInputTokens'),
      sum(eb.ref('calls.outputTokens')).as('outputTokens'),
      sum(eb.ref('calls.reasoningTokens')).as('reasoningTokens'),
    ])
    .where(within(cut, 'holds'))
    .groupBy(`holds.${cut.by}`)
    .execute();
}

async function refusalSums(db: Db, cut: Cut): Promise<Part[]> {
  return await db
    .selectFrom('refusals')
    .select((eb) => [eb.ref(cut.by).as('key'), eb.fn.countAll<number>().as('refused')])
    .where(within(cut, 'refusals'))
    .groupBy(cut.by)
    .execute();
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
  return sql`cast(sum(${of}) as bigint)`;
}

function add(...parts: readonly Partial<Money>[]): Money {
  const total = (key: keyof Money): number =>
    parts.reduce((all, part) => all + (part[key] ?? 0), 0);
  return {
    spentMicroUsd: total('spentMicroUsd'),
    heldMicroUsd: total('heldMicroUsd'),
    holds: total('holds'),
    openHolds: total('openHolds'),
    chargedInFull: total('chargedInFull'),
    refused: total('refused'),
    inputTokens: total('inputTokens'),
    cachedInputTokens: total('cachedInputTokens'),
    outputTokens: total('outputTokens'),
    reasoningTokens: total('reasoningTokens'),
  };
}

async function limitsOf(db: Db, project?: string): Promise<Cost['limits']> {
  let query = db
    .selectFrom('limits')
    .select(['project', 'scope', 'limitMicroUsd', 'by', 'setAt'])
    .orderBy('project')
    .orderBy('scope');
  if (project !== undefined) query = query.where('project', '=', project);
  return await query.execute();
}

async function alertsOf(db: Db, project?: string): Promise<Cost['alerts']> {
  let query = db
    .selectFrom('alerts')
    .select(['project', 'scope', 'thresholdPct', 'spentMicroUsd', 'limitMicroUsd', 'raisedAt'])
    .orderBy('raisedAt')
    .orderBy('scope')
    .orderBy('thresholdPct');
  if (project !== undefined) query = query.where('project', '=', project);
  return await query.execute();
}
