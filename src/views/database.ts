import type { Kysely } from 'kysely';
import type {
  agents,
  alerts,
  calls,
  decisions,
  entries,
  erasures,
  escalations,
  holds,
  limits,
  logs,
  nodes,
  participants,
  proposals,
  refusals,
  scopes,
  statements,
  StoredRow,
  threads,
  thresholds,
  votes,
} from '../../projections/index.ts';

/** One set of tables of a projection; see builds.ts. */
export type BuildsTable = {
  id: string;
  projection: string;
  version: number;
  generation: number;
  state: 'active' | 'building' | 'shadow';
  /** JSON array: the names of its tables without suffix. */
  tables: string;
  /** Counts the writes, so that two writers cannot both go on from the same place. */
  revision: number;
};

/** How far a build has read a log, and the Merkle root of the log at that length. */
export type CheckpointsTable = { build: string; log: string; position: number; root: string };

/** Everything in the database, by its name for readers. */
export type Database = {
  builds: BuildsTable;
  checkpoints: CheckpointsTable;
  agents: StoredRow<typeof agents>;
  alerts: StoredRow<typeof alerts>;
  calls: StoredRow<typeof calls>;
  decisions: StoredRow<typeof decisions>;
  entries: StoredRow<typeof entries>;
  erasures: StoredRow<typeof erasures>;
  escalations: StoredRow<typeof escalations>;
  holds: StoredRow<typeof holds>;
  limits: StoredRow<typeof limits>;
  logs: StoredRow<typeof logs>;
  nodes: StoredRow<typeof nodes>;
  participants: StoredRow<typeof participants>;
  proposals: StoredRow<typeof proposals>;
  refusals: StoredRow<typeof refusals>;
  scopes: StoredRow<typeof scopes>;
  statements: StoredRow<typeof statements>;
  threads: StoredRow<typeof threads>;
  thresholds: StoredRow<typeof thresholds>;
  votes: StoredRow<typeof votes>;
};

/** A connection, or a transaction on one. */
export type Db = Kysely<Database>;

/** A database that can be asked; its connection never waits for the one that writes. */
export type ReadEngine = {
  readonly dialect: 'sqlite' | 'postgres';
  /** For messages: the database without user and password. */
  readonly name: string;
  readonly reader: Db;
};

/** A database that this process writes. */
export type Engine = ReadEngine & { readonly writer: Db };
