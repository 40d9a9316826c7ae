import type { Change, Detail, EventRow } from '#contract/api/runs/run-records.ts';
import { readExactJson, writeExactJson } from '#contract/exact-json.ts';
import { type ReadableDb, statement, type WritableDb } from '../database.ts';

type StoredRow = Omit<EventRow, 'detail' | 'branch'> & { readonly detail: string; readonly branch: number | null };

function toRow(row: StoredRow): EventRow {
  const { branch, detail, ...plain } = row;
  return { ...plain, detail: readExactJson(detail) as Detail, ...(branch !== null && { branch }) };
}

export function insertEvent(db: WritableDb, run: number, event: EventRow): void {
  const sql = `INSERT INTO events (run, sequence, at, step, level, name, detail)
    VALUES (?, ?, ?, ?, ?, ?, portable_json(?))`;
  const { sequence, at, step, level, name, detail } = event;
  statement(db, sql).run(run, sequence, at, step, level, name, writeExactJson(detail));
}

/** Whether the run has already recorded this event: a resumed run repeats the steps after its checkpoint. */
export function hasEvent(db: ReadableDb, run: number, name: string, step: number, detail: Detail): boolean {
  const sql = `SELECT 1 FROM events WHERE run = ? AND name = ? AND step = ? AND detail = portable_json(?)
    AND branch IS NULL`;
  return statement(db, sql).get(run, name, step, writeExactJson(detail)) !== undefined;
}

const COLUMNS = 'sequence, at, step, level, name, local_json(detail) AS detail, branch';

/** Rows of a run with after < sequence <= until. */
export function readEvents(
  db: ReadableDb,
  run: number,
  after = 0,
  until: number = Number.MAX_SAFE_INTEGER,
): readonly EventRow[] {
  const sql = `SELECT ${COLUMNS} FROM events WHERE run = ? AND sequence > ? AND sequence <= ? ORDER BY sequence`;
  return (statement(db, sql).all(run, after, until) as StoredRow[]).map(toRow);
}

/** Events with a given name that are not on an abandoned branch, in order. */
export function readEventsNamed(db: ReadableDb, run: number, name: string): readonly EventRow[] {
  const sql = `SELECT ${COLUMNS} FROM events WHERE run = ? AND name = ? AND branch IS NULL ORDER BY sequence`;
  return (statement(db, sql).all(run, name) as StoredRow[]).map(toRow);
}

/** Records a manual change; the last one at a step takes effect. */
export function upsertChange(db: WritableDb, run: number, change: Change, at: number): void {
  const sql = `INSERT INTO changes (run, step, path, value, at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (run, step, path) DO UPDATE SET value = excluded.value, at = excluded.at`;
  statement(db, sql).run(run, change.step, change.path, change.value, at);
}

/** All manual changes of a run, in order of steps. */
export function listChanges(db: ReadableDb, run: number): readonly Change[] {
  return statement(db, 'SELECT step, path, value FROM changes WHERE run = ? ORDER BY step, path').all(run) as Change[];
}

/** The highest sequence number that a run has used. */
export function lastSequence(db: ReadableDb, run: number): number {
  const sql = `SELECT max(
    (SELECT coalesce(max(sequence), 0) FROM events WHERE run = @run),
    (SELECT coalesce(max(sequence), 0) FROM metrics WHERE run = @run),
    (SELECT coalesce(max(sequence), 0) FROM samples WHERE run = @run),
    (SELECT coalesce(max(sequence), 0) FROM checkpoints WHERE run = @run))`;
  return statement(db, sql).pluck().get({ run }) as number;
}
