/** One row of a file before it is checked: its columns by name. A Map, so that no column name can touch a prototype. */
export interface RawRow {
  readonly line: number;
  readonly fields: ReadonlyMap<string, unknown>;
}

/** A row that cannot be used; `reason` is the same for all rows with the same trouble, so that they can be counted. */
export interface RowFault {
  readonly line: number;
  readonly reason: string;
  readonly why: string;
}

export type RawItem = { readonly row: RawRow } | { readonly fault: RowFault };

/** Bounds that keep a hostile file from filling memory or time. */
export interface ReadLimits {
  /** Bytes of one row. */
  readonly rowBytes: number;
  /** Bytes that a compressed file or page may hold for each byte on disk, counted once 64 MB are out. */
  readonly ratio: number;
  /** Levels of nested lists and objects in one row. */
  readonly depth: number;
}

export const DEFAULT_LIMITS: ReadLimits = { rowBytes: 4 * 2 ** 20, ratio: 200, depth: 64 };

export interface ReadOptions {
  readonly limits: ReadLimits;
  readonly signal?: AbortSignal;
  /** Told how many bytes of the file on disk have been read. */
  readonly onBytes?: (bytes: number) => void;
}

/** Fields of a parsed row. */
export function fieldsOf(value: object): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(value));
}
