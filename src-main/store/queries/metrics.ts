import type { MetricRow, Point } from '#contract/api/runs/run-records.ts';
import { type ReadableDb, statement, type WritableDb } from '../database.ts';
import { addToBucket, foldBucket } from './metric-buckets.ts';

/** A point that a resumed run recomputed with a value other than the stored one. */
export interface Mismatch {
  readonly key: string;
  readonly step: number;
  readonly stored: number;
  readonly computed: number;
}

function keyId(db: WritableDb, key: string): number {
  const find = statement(db, 'SELECT id FROM metric_keys WHERE key = ?').pluck();
  const known = find.get(key) as number | undefined;
  return known ?? Number(statement(db, 'INSERT INTO metric_keys (key) VALUES (?)').run(key).lastInsertRowid);
}

function storedValue(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

export interface PointBatch {
  readonly step: number;
  readonly points: readonly Point[];
  readonly at: number;
  readonly sequence: number;
}

/**
 * Writes points by (run, key, step). An existing point is kept if it is equal and replaced otherwise. Returns the
 * replaced points, so that a resume that is not reproducible can be detected.
 */
export function upsertPoints(db: WritableDb, run: number, batch: PointBatch): readonly Mismatch[] {
  const { step, at, sequence } = batch;
  const insert = statement(db, 'INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING');
  const mismatches: Mismatch[] = [];
  for (const { key, value } of batch.points) {
    const id = keyId(db, key);
    const stored = storedValue(value);
    if (insert.run(run, id, step, stored, at, sequence).changes === 1) {
      addToBucket(db, run, id, { step, value: stored, at });
      continue;
    }
    const mismatch = compareStored(db, [run, id, step], value);
    if (mismatch === null) continue;
    const replace = 'UPDATE metrics SET value = ?, at = ?, sequence = ? WHERE run = ? AND key = ? AND step = ?';
    statement(db, replace).run(stored, at, sequence, run, id, step);
    foldBucket(db, run, id, step);
    mismatches.push({ key, step, stored: mismatch, computed: value });
  }
  statement(db, 'UPDATE runs SET last_step = max(coalesce(last_step, 0), ?) WHERE number = ?').run(step, run);
  return mismatches;
}

/** SQLite has only one zero: −0 is read back as 0, so the two count as equal. */
function compareStored(db: ReadableDb, at: readonly number[], value: number): number | null {
  const find = statement(db, 'SELECT value FROM metrics WHERE run = ? AND key = ? AND step = ?').pluck();
  const stored = (find.get(...at) as number | null) ?? Number.NaN;
  return stored === value || Object.is(stored, value) ? null : stored;
}

type StoredRow = Omit<MetricRow, 'value'> & { readonly value: number | null };

function toRow(row: StoredRow): MetricRow {
  return { ...row, value: row.value ?? Number.NaN };
}

/** One series, in order of steps. */
export function readSeries(
  db: ReadableDb,
  run: number,
  key: string,
  fromStep = 0,
  toStep = Number.MAX_SAFE_INTEGER,
): readonly MetricRow[] {
  const sql = `SELECT ? AS key, step, value, at, sequence FROM metrics
    WHERE run = ? AND key = (SELECT id FROM metric_keys WHERE key = ?) AND step >= ? AND step <= ? ORDER BY step`;
  return (statement(db, sql).all(key, run, key, fromStep, toStep) as StoredRow[]).map(toRow);
}

export const TAIL_SQL = `SELECT k.key, m.step, m.value, m.at, m.sequence FROM metrics m JOIN metric_keys k ON k.id = m.key
  WHERE m.run = ? AND m.sequence > ? AND m.sequence <= ? ORDER BY m.sequence, m.key`;

/** Rows of a run with after < sequence <= until, in order. */
export function readTail(db: ReadableDb, run: number, after: number, until: number): readonly MetricRow[] {
  return (statement(db, TAIL_SQL).all(run, after, until) as StoredRow[]).map(toRow);
}

/**
 * The last sequence number of a batch that starts after the given one. Rows with the same number stay together, and a
 * batch contains about `rows` of them, however much a page has missed.
 */
export function endOfBatch(db: ReadableDb, run: number, after: number, rows: number): number | null {
  const sql = 'SELECT sequence FROM metrics WHERE run = ? AND sequence > ? ORDER BY sequence LIMIT 1 OFFSET ?';
  return (statement(db, sql).pluck().get(run, after, rows) as number | undefined) ?? null;
}

/** Keys of a run, sorted. */
export function listKeys(db: ReadableDb, run: number): readonly string[] {
  const sql = `SELECT key FROM metric_keys k
    WHERE EXISTS (SELECT 1 FROM metric_buckets WHERE run = ? AND key = k.id) ORDER BY key`;
  return statement(db, sql).pluck().all(run) as string[];
}

/** The newest value of every key. */
export function readLatest(db: ReadableDb, run: number): Readonly<Record<string, number>> {
  const sql = `SELECT k.key, (SELECT coalesce(value, 'NaN') FROM metrics WHERE run = ? AND key = k.id
    ORDER BY step DESC LIMIT 1) AS value FROM metric_keys k`;
  const rows = statement(db, sql).all(run) as { key: string; value: number | string | null }[];
  return Object.fromEntries(rows.filter((row) => row.value !== null).map((row) => [row.key, Number(row.value)]));
}
