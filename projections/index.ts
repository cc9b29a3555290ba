import { consensus } from './consensus.ts';
import { conversation } from './conversation.ts';
import { cost } from './cost.ts';
import { directory } from './directory.ts';
import type { Projection } from './projection.ts';

export { decisions, escalations, proposals, votes } from './consensus.ts';
export { entries, participants, statements, threads } from './conversation.ts';
export type { EntryEvent } from './conversation.ts';
export { alerts, calls, holds, limits, refusals, scopes, thresholds } from './cost.ts';
export { agents, erasures, logs, nodes } from './directory.ts';
export type {
  Changes,
  ColumnType,
  Projection,
  Row,
  RowOp,
  StoredRow,
  TableDef,
  Value,
} from './projection.ts';

/** Every question that can be asked. */
export const projections: readonly Projection[] = [conversation, consensus, cost, directory];
