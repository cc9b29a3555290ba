import type { ActorKind } from '../../events/index.ts';
import type { Row } from '../../projections/index.ts';
import type { LogReader } from '../ports.ts';
import type { Agent, AgentSummary } from './queries/agents.ts';
import type { Budget, OpenHold } from './queries/budgets.ts';
import type { Cost, CostFilter } from './queries/costs.ts';
import type { ErasedSubject, ErasureFilter } from './queries/erasures.ts';
import type { Escalation, EscalationFilter } from './queries/escalations.ts';
import type { Forecast, ForecastFilter } from './queries/forecasts.ts';
import type { RegisteredLog } from './queries/logs.ts';
import type { Thread, ThreadFilter, ThreadSummary } from './queries/threads.ts';

/** How far a piece of work is, in events. */
export type Progress = { readonly done: number; readonly total: number };

export type WorkOptions = {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
};

/** Options of work that can be limited to some views, by name. */
export type SomeViews = WorkOptions & { readonly names?: readonly string[] | undefined };

/** Where a set of tables stands. */
export type ViewStatus = {
  readonly projection: string;
  /** Null when nothing was built yet. */
  readonly version: number | null;
  /**
   * active: readers see it. outdated: readers of another version of bzzz see it. building: a new version
   * on its way. shadow: of a rebuild or verification. missing: nothing was built yet.
   */
  readonly state: 'active' | 'outdated' | 'building' | 'shadow' | 'missing';
  /** Events in it, and events there are. */
  readonly position: number;
  readonly length: number;
  /** Events still to be read. */
  readonly lag: number;
  readonly logs: readonly {
    readonly log: string;
    readonly actor: string;
    readonly kind: ActorKind;
    readonly position: number;
    readonly length: number;
  }[];
};

/** A row that is kept otherwise than the events make it; null where there is none. */
export type DriftedRow = {
  readonly key: Row;
  readonly kept: Row | null;
  readonly rebuilt: Row | null;
};

/** A table that is kept otherwise than the events make it. */
export type Drift = {
  readonly projection: string;
  readonly table: string;
  /** Number of rows that differ. */
  readonly rows: number;
  /** The first of them, by key. */
  readonly first: readonly DriftedRow[];
};

export type Verification = {
  /** Events that the views were rebuilt from. */
  readonly events: number;
  readonly tables: number;
  /** Rows that the rebuild has. */
  readonly rows: number;
  /** Empty when every row is as it should be. */
  readonly drift: readonly Drift[];
};

/** Questions to the views. All of an answer is of one moment. Throws Unavailable VIEWS_UNAVAILABLE. */
export interface ViewReader {
  listThreads(filter?: ThreadFilter, signal?: AbortSignal): Promise<ThreadSummary[]>;
  showThread(address: string, signal?: AbortSignal): Promise<Thread>;
  listAgents(pattern?: string, signal?: AbortSignal): Promise<AgentSummary[]>;
  showAgent(address: string, signal?: AbortSignal): Promise<Agent>;
  costSummary(filter: CostFilter, signal?: AbortSignal): Promise<Cost>;
  forecast(filter: ForecastFilter, signal?: AbortSignal): Promise<readonly Forecast[]>;
  budget(project: string, nowMs: number, signal?: AbortSignal): Promise<Budget>;
  openHolds(project?: string, signal?: AbortSignal): Promise<OpenHold[]>;
  listEscalations(filter?: EscalationFilter, signal?: AbortSignal): Promise<Escalation[]>;
  listErasures(filter?: ErasureFilter, signal?: AbortSignal): Promise<ErasedSubject[]>;
  listLogs(signal?: AbortSignal): Promise<RegisteredLog[]>;
  status(reader: LogReader, signal?: AbortSignal): Promise<ViewStatus[]>;
  close(): Promise<void>;
}

/** The views of this process: asked, and kept up with the logs. */
export interface Views extends ViewReader {
  /**
   * Reads what is new in the logs; returns the number of events. An interrupted call loses nothing. Throws
   * Corrupt LOG_GAP or LOG_CORRUPT, and leaves the views as they are.
   */
  catchUp(reader: LogReader, options?: WorkOptions): Promise<number>;
  /** Builds views anew beside the old ones, then switches; returns the number of events. */
  rebuild(reader: LogReader, options?: SomeViews): Promise<number>;
  /**
   * Builds every view anew from what the reader gives now, and leaves nothing of the old rows in the files of
   * the database, as far as they are ours. Throws Unavailable while another process reads the old ones.
   */
  purge(reader: LogReader, options?: WorkOptions): Promise<void>;
  /** Catches up, builds views anew beside the old ones, and compares row by row. */
  verify(reader: LogReader, options?: SomeViews): Promise<Verification>;
}
