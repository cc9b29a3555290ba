import {
  parseAddress,
  Refusal,
  threadAddress,
  type BlobRef,
  type Policy,
  type SealedBody,
} from '../../../events/index.ts';
import type { EntryEvent } from '../../../projections/index.ts';
import type { Database, Db } from '../database.ts';
import { fromJson, sealed } from '../fromJson.ts';
import {
  decisionsOf,
  proposalsOf,
  type ThreadDecision,
  type ThreadProposal,
} from './deliberation.ts';
import { moneyOf, type Money } from './costs.ts';
import { escalationsOf, type Escalation } from './escalations.ts';

type ThreadRow = Database['threads'];
export type ThreadState = ThreadRow['state'];

/** A thread in a list; how many participants, findings, votes and so on it has. Times are RFC 3339. */
export type ThreadSummary = Omit<ThreadRow, 'changeHash' | 'changeBlob' | 'changeFiles' | 'policy'>;

/** One thing that was said or decided, in the order of the thread. */
export type ThreadEntry = {
  readonly seq: number;
  readonly at: string;
  /** Address of the agent that said it; null for what the thread or a person decided. */
  readonly agent: string | null;
  /** The facts in clear, as they were recorded. */
  readonly event: EntryEvent;
  /** What was said, sealed; null when nothing was, or when the agent's log is not here. */
  readonly body: SealedBody | null;
};

export type ThreadParticipant = Omit<Database['participants'], 'log'>;

/** Everything about one thread. */
export type Thread = {
  readonly thread: ThreadSummary;
  /** The change under review: hash of the diff, where the sealed diff is, number of files. */
  readonly change: { hash: string; blob: BlobRef; files: number } | null;
  readonly policy: Policy | null;
  readonly participants: readonly ThreadParticipant[];
  readonly entries: readonly ThreadEntry[];
  readonly proposals: readonly ThreadProposal[];
  readonly decisions: readonly ThreadDecision[];
  readonly escalations: readonly Escalation[];
  readonly cost: Money;
  /** Which models were asked, and how often. */
  readonly calls: readonly ThreadCalls[];
};

export type ThreadCalls = Pick<Database['calls'], 'provider' | 'model'> & {
  readonly calls: number;
};

export type ThreadFilter = {
  readonly project?: string | undefined;
  readonly state?: ThreadState | undefined;
};

/** Threads, those that changed last first. */
export async function listThreads(
  db: Db,
  { project, state }: ThreadFilter,
): Promise<ThreadSummary[]> {
  let query = db.selectFrom('threads').selectAll().orderBy('updatedAt', 'desc').orderBy('address');
  if (project !== undefined) query = query.where('project', '=', project);
  if (state !== undefined) query = query.where('state', '=', state);
  return (await query.execute()).map(summaryOf);
}

/** The thread of a task; any address of the task will do. Throws Refusal ADDRESS_INVALID or NOT_FOUND. */
export async function showThread(db: Db, text: string): Promise<Thread> {
  const { project, task } = parseAddress(text);
  const address = threadAddress(project, task);
  const row = await db
    .selectFrom('threads')
    .selectAll()
    .where('address', '=', address)
    .orderBy('openedAt')
    .executeTakeFirst();
  if (!row) throw new Refusal('NOT_FOUND', `there is no thread ${address}; list them with threads`);
  const { log, changeHash, changeBlob, changeFiles, policy } = row;
  return {
    thread: summaryOf(row),
    change:
      changeHash === null || changeBlob === null
        ? null
        : { hash: changeHash, blob: fromJson<BlobRef>(changeBlob), files: changeFiles },
    policy: policy === null ? null : fromJson<Policy>(policy),
    participants: await participantsOf(db, log),
    entries: await entriesOf(db, log),
    proposals: await proposalsOf(db, log),
    decisions: await decisionsOf(db, log),
    escalations: await escalationsOf(db, log),
    cost: await moneyOf(db, 'thread', address),
    calls: await callsOf(db, address),
  };
}

async function callsOf(db: Db, address: string): Promise<ThreadCalls[]> {
  return await db
    .selectFrom('calls')
    .innerJoin('holds', (join) =>
      join.onRef('holds.hold', '=', 'calls.hold').onRef('holds.project', '=', 'calls.project'),
    )
    .select(['provider', 'calls.model', ({ fn }) => fn.countAll<number>().as('calls')])
    .where('holds.thread', '=', address)
    .groupBy(['provider', 'calls.model'])
    .orderBy('provider')
    .orderBy('calls.model')
    .execute();
}

function summaryOf(row: ThreadRow): ThreadSummary {
  const {
    changeHash: _hash,
    changeBlob: _blob,
    changeFiles: _files,
    policy: _policy,
    ...rest
  } = row;
  return rest;
}

async function participantsOf(db: Db, log: string): Promise<ThreadParticipant[]> {
  return await db
    .selectFrom('participants')
    .select(['agent', 'role', 'agentLog', 'state', 'reason'])
    .where('log', '=', log)
    .orderBy('agent')
    .execute();
}

async function entriesOf(db: Db, log: string): Promise<ThreadEntry[]> {
  const rows = await db
    .selectFrom('entries')
    .leftJoin('statements', (join) =>
      join
        .onRef('statements.log', '=', 'entries.saidLog')
        .onRef('statements.seq', '=', 'entries.saidSeq'),
    )
    .select([
      'entries.seq',
      'entries.at',
      'entries.agent',
      'entries.event',
      'entries.body as own',
      'statements.body as said',
    ])
    .where('entries.log', '=', log)
    .orderBy('entries.seq')
    .execute();
  return rows.map(({ seq, at, agent, event, own, said }) => {
    return { seq, at, agent, event: fromJson<EntryEvent>(event), body: sealed(own ?? said) };
  });
}
