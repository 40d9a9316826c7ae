import type { WritableDb } from '../database.ts';

/** One change of the schema. */
export interface Migration {
  readonly version: number;
  readonly sql: string;
  /** Conversions that SQL cannot express, in the same transaction; `home` is the data folder of the store. */
  readonly convert?: (db: WritableDb, home: string) => void;
}
