import type { Choice, Place, SealedBody, StatementRef, Tally } from '../../../events/index.ts';
import type { Database, Db } from '../database.ts';
import { fromJson, sealed } from '../fromJson.ts';

export type ThreadVote = Pick<
  Database['votes'],
  'seq' | 'at' | 'round' | 'agent' | 'choice' | 'confidencePct'
> & {
  readonly evidence: readonly Place[];
  /** Where the agent said it: its own log, position, hash of the block. */
  readonly ref: StatementRef;
  /** The rationale, sealed; null when there was none, or when the agent's log is not here. */
  readonly body: SealedBody | null;
};

export type ThreadProposal = Pick<
  Database['proposals'],
  'proposal' | 'seq' | 'at' | 'hash' | 'kind' | 'severity' | 'outcome' | 'decision'
> & {
  readonly place: Place;
  /** The findings behind it. */
  readonly sources: readonly StatementRef[];
  readonly votes: readonly ThreadVote[];
};

/** A numbered decision: on a proposal, with the votes counted, or on the change. */
export type ThreadDecision = Pick<Database['decisions'], 'decision' | 'seq' | 'at' | 'outcome'> & {
  readonly consensus: {
    readonly round: number;
    readonly proposal: string;
    readonly hash: string;
    readonly tally: Tally;
    /** Every vote counted, by the hash of its statement. */
    readonly votes: readonly { agent: string; choice: Choice; statement: string }[];
  } | null;
  /** Of a verdict: the accepted proposals that ask for changes. */
  readonly blocking: readonly string[] | null;
};

/** Proposals of a thread, each with all votes on it. */
export async function proposalsOf(db: Db, log: string): Promise<ThreadProposal[]> {
  const rows = await db
    .selectFrom('proposals')
    .selectAll()
    .where('log', '=', log)
    .orderBy('seq')
    .execute();
  const votes = Map.groupBy(await votesOf(db, log), ({ proposal }) => proposal);
  return rows.map(({ log: _log, path, line, endLine, sources, ...row }) => ({
    ...row,
    place: { path, line, endLine },
    sources: fromJson<StatementRef[]>(sources),
    votes: (votes.get(row.proposal) ?? []).map(({ vote }) => vote),
  }));
}

async function votesOf(db: Db, log: string): Promise<{ proposal: string; vote: ThreadVote }[]> {
  const rows = await db
    .selectFrom('votes')
    .leftJoin('statements', (join) =>
      join
        .onRef('statements.log', '=', 'votes.saidLog')
        .onRef('statements.seq', '=', 'votes.saidSeq'),
    )
    .select(['votes.seq', 'at', 'round', 'proposal', 'agent', 'choice', 'confidencePct'])
    .select(['evidence', 'saidLog', 'saidSeq', 'saidHash', 'body'])
    .where('votes.log', '=', log)
    .orderBy('votes.seq')
    .execute();
  return rows.map(({ proposal, evidence, saidLog, saidSeq, saidHash, body, ...row }) => ({
    proposal,
    vote: {
      ...row,
      evidence: fromJson<Place[]>(evidence),
      ref: { log: saidLog, seq: saidSeq, hash: saidHash },
      body: sealed(body),
    },
  }));
}

/** Decisions of a thread, by number. */
export async function decisionsOf(db: Db, log: string): Promise<ThreadDecision[]> {
  const rows = await db
    .selectFrom('decisions')
    .selectAll()
    .where('log', '=', log)
    .orderBy('decision')
    .execute();
  return rows.map(({ decision, seq, at, outcome, blocking, ...row }) => ({
    decision,
    seq,
    at,
    outcome,
    consensus: consensusOf(row),
    blocking: blocking === null ? null : fromJson<string[]>(blocking),
  }));
}

function consensusOf({
  round,
  proposal,
  hash,
  tally,
  votes,
}: Pick<
  Database['decisions'],
  'round' | 'proposal' | 'hash' | 'tally' | 'votes'
>): ThreadDecision['consensus'] {
  if (round === null || proposal === null || hash === null || tally === null || votes === null)
    return null;
  return { round, proposal, hash, tally: fromJson(tally), votes: fromJson(votes) };
}
