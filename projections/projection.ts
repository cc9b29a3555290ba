import type { BzzzEvent, EventType, Recorded } from '../events/index.ts';

/**
 * Type of a column: text or integer, with `?` if it may be null, or the words that it may hold, null among
 * them if it may be null. Times and JSON are text, integers are safe integers.
 */
export type ColumnType = 'text' | 'text?' | 'int' | 'int?' | readonly (string | null)[];
type Cell<Type extends ColumnType> = Type extends readonly (infer Word extends string | null)[]
  ? Word
  : Type extends 'text'
    ? string
    : Type extends 'text?'
      ? string | null
      : Type extends 'int'
        ? number
        : number | null;

/** What a database cell holds. */
export type Value = string | number | null;
export type Row = Readonly<Record<string, Value>>;

/**
 * A table of a view. Each row belongs to the log that it came from: a column `log` is kept in front of
 * these columns and of this key, and a projection cannot name the row of another log.
 */
export type TableDef<
  Name extends string = string,
  Columns extends Readonly<Record<string, ColumnType>> = Readonly<Record<string, ColumnType>>,
  Key extends string = string,
> = {
  readonly name: Name;
  readonly columns: Columns;
  /** Columns that tell the rows of one log apart; none if a log has one row. */
  readonly key: readonly Key[];
  readonly indexes?: readonly (readonly string[])[];
};

/** A row as a projection makes it. */
export type RowOf<T extends TableDef> = {
  readonly [Name in keyof T['columns']]: Cell<T['columns'][Name]>;
};
/** A row as it is kept: with the log that it belongs to. */
export type StoredRow<T extends TableDef> = RowOf<T> & { readonly log: string };
type KeyOf<T extends TableDef> = Pick<RowOf<T>, T['key'][number]>;
type IntColumn<T extends TableDef> = {
  [Name in keyof T['columns']]: T['columns'][Name] extends 'int' ? Name : never;
}[keyof T['columns']];
/** What is added to columns of integers. */
export type Amounts<T extends TableDef> = Readonly<Partial<Record<IntColumn<T>, number>>>;

/** By column; a column that is undefined is left as it is. */
export type Changes<T extends Value> = Readonly<Record<string, T | undefined>>;

/** A change of one row, as data. */
export type RowOp =
  /** The whole row, instead of the one with its key if there is one. */
  | { readonly op: 'put'; readonly table: string; readonly row: Row }
  /**
   * Columns set, and amounts added to columns, in the row with that key; nothing if there is none. What is
   * added to is never set, so that changes can be taken together.
   */
  | {
      readonly op: 'change';
      readonly table: string;
      readonly key: Row;
      readonly set: Changes<Value>;
      readonly add: Changes<number>;
    };

/** A question that events answer, as tables. Pure: the same events give the same rows, for ever. */
export type Projection = {
  readonly name: string;
  /** Raised with every change of the tables or of what is put in them; the view is then built anew. */
  readonly version: number;
  readonly handles: readonly EventType[];
  readonly tables: readonly TableDef[];
  readonly project: (recorded: Recorded) => readonly RowOp[];
};

type RecordedOf<Type extends EventType> = Recorded<Extract<BzzzEvent, { type: Type }>>;
type Handler = { type: EventType; handle: (recorded: Recorded) => readonly RowOp[] };

/** Describes a table, keeping its exact type. */
export function table<
  const Name extends string,
  const Columns extends Readonly<Record<string, ColumnType>>,
  const Key extends keyof Columns & string,
>(def: TableDef<Name, Columns, Key>): TableDef<Name, Columns, Key> {
  return def;
}

/** What a projection makes of events of one type. */
export function on<Type extends EventType>(
  type: Type,
  handle: (recorded: RecordedOf<Type>) => readonly RowOp[],
): Handler {
  return { type, handle: (recorded) => (isOf(type, recorded) ? handle(recorded) : []) };
}

function isOf<Type extends EventType>(
  type: Type,
  recorded: Recorded,
): recorded is RecordedOf<Type> {
  return recorded.event.type === type;
}

/** A projection out of what it makes of each type of event. */
export function projection(
  name: string,
  version: number,
  tables: readonly TableDef[],
  handlers: readonly Handler[],
): Projection {
  const byType = new Map(handlers.map((handler) => [handler.type, handler]));
  return {
    name,
    version,
    tables,
    handles: [...byType.keys()],
    project: (recorded) => byType.get(recorded.event.type)?.handle(recorded) ?? [],
  };
}

/** The whole row; it takes the place of the one with its key. */
export function put<T extends TableDef>(into: T, row: RowOf<T>): RowOp {
  return { op: 'put', table: into.name, row };
}

/** Columns set, and amounts added, in the row with that key; nothing if there is none. */
export function change<T extends TableDef>(
  of: T,
  key: KeyOf<T>,
  set: Partial<RowOf<T>>,
  add?: Amounts<T>,
): RowOp;
export function change(
  of: TableDef,
  key: Row,
  set: Changes<Value>,
  add: Changes<number> = {},
): RowOp {
  return { op: 'change', table: of.name, key, set, add };
}

/** JSON text of a value; null stays null. */
export function json(value: object): string;
export function json(value: object | null | undefined): string | null;
export function json(value: object | null | undefined): string | null {
  return value ? JSON.stringify(value) : null;
}
