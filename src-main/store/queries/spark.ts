import { type ReadableDb, statement } from '../database.ts';
import { readBuckets } from './metric-buckets.ts';
import { readExtent, readThinned } from './series.ts';

/** From this number of steps, the outline's means are used. */
const EXACT_STEPS = 1024;

function means(db: ReadableDb, run: number, key: string): readonly number[] {
  const extent = readExtent(db, run, key);
  if (!extent) return [];
  const [from, to] = extent;
  if (to - from < EXACT_STEPS)
    return [...readThinned(db, run, key, { from, to, buckets: EXACT_STEPS }).values].filter((value) =>
      Number.isFinite(value),
    );
  return readBuckets(db, run, key, from, to)
    .filter(({ finite }) => finite > 0)
    .map(({ total, finite }) => total / finite);
}

/** Condenses a series to at most `parts` means of equal intervals; empty if it has no points. */
export function readSpark(db: ReadableDb, run: number, key: string, parts: number): Float32Array {
  const values = means(db, run, key);
  const size = Math.min(parts, values.length);
  return Float32Array.from({ length: size }, (_, part) => {
    const slice = values.slice(
      Math.floor((part * values.length) / size),
      Math.floor(((part + 1) * values.length) / size),
    );
    return slice.reduce((sum, value) => sum + value, 0) / slice.length;
  });
}

/** The newest values of several series. */
export function readNewest(db: ReadableDb, run: number, keys: readonly string[]): Readonly<Record<string, number>> {
  const sql = `SELECT value FROM metrics WHERE run = ? AND key = (SELECT id FROM metric_keys WHERE key = ?)
    ORDER BY step DESC LIMIT 1`;
  const found = keys.flatMap((key) => {
    const value = statement(db, sql).pluck().get(run, key) as number | null | undefined;
    return value === undefined ? [] : [[key, value ?? Number.NaN] as const];
  });
  return Object.fromEntries(found);
}
