import { plainNumber } from './json-floats.ts';

/** One unchecked row of a file: its columns by name. A Map, so that no column name can touch a prototype. */
export interface RawRow {
  readonly line: number;
  readonly fields: ReadonlyMap<string, unknown>;
}

/** A row that cannot be used; `reason` is the same for all rows with the same problem, so that they can be counted. */
export interface RowFault {
  readonly line: number;
  readonly reason: string;
  readonly why: string;
}

export type RawItem = { readonly row: RawRow } | { readonly fault: RowFault };

/** Limits that prevent a malicious file from exhausting memory or time. */
export interface ReadLimits {
  /** Maximum bytes per row. */
  readonly rowBytes: number;
  /** Maximum bytes that a compressed file or page may unpack to per byte on disk, checked once 64 MB are unpacked. */
  readonly ratio: number;
  /** Maximum levels of nested lists and objects in one row. */
  readonly depth: number;
}

export const DEFAULT_LIMITS: ReadLimits = { rowBytes: 4 * 2 ** 20, ratio: 200, depth: 64 };

export interface ReadOptions {
  readonly limits: ReadLimits;
  readonly signal?: AbortSignal;
  /** Reads what earlier versions read in silence where rows are refused now; for their runs. */
  readonly asFormerly?: boolean;
  /** Called with the number of bytes of the file on disk that have been read. */
  readonly onBytes?: (bytes: number) => void;
}

/** Fields of a parsed row; only values within them keep whole floats apart from integers. */
export function fieldsOf(value: object): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(value).map(([name, field]) => [name, plainNumber(field)]));
}

const NAME_CHARACTERS = 60;

/** A column's name for a message, in quotes; long ones are cut, since a file without a header has text as names. */
export function shownName(name: string): string {
  return JSON.stringify(name.length > NAME_CHARACTERS ? `${name.slice(0, NAME_CHARACTERS)}…` : name);
}
