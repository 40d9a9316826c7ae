import type { WritableDb } from '../database.ts';

/** One step of the schema. */
export interface Migration {
  readonly version: number;
  readonly sql: string;
  /** What SQL cannot say, in the same transaction after it; `home` is the data folder that the store lies in. */
  readonly convert?: (db: WritableDb, home: string) => void;
}
