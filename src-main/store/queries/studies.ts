import type { Study } from '#contract/api/runs/studies.ts';
import { type ReadableDb, statement, type WritableDb } from '../database.ts';

export interface NewStudy {
  readonly name: string;
  readonly notes: string;
  readonly runs: readonly string[];
  readonly createdAt: number;
}

type StoredRow = Omit<Study, 'runs'> & { readonly runs: string };

const SQL = `SELECT id, name, notes, created_at AS createdAt,
  (SELECT json_group_array(run ORDER BY position) FROM study_runs WHERE study = studies.id) AS runs FROM studies`;

function toStudy(row: StoredRow): Study {
  return { ...row, runs: JSON.parse(row.runs) as Study['runs'] };
}

/** Newest first. */
export function listStudies(db: ReadableDb): readonly Study[] {
  return (statement(db, `${SQL} ORDER BY id DESC`).all() as StoredRow[]).map(toStudy);
}

export function readStudy(db: ReadableDb, id: number): Study | null {
  const row = statement(db, `${SQL} WHERE id = ?`).get(id) as StoredRow | undefined;
  return row ? toStudy(row) : null;
}

/** Adds a study and returns its id; call it in a transaction. */
export function insertStudy(db: WritableDb, { name, notes, runs, createdAt }: NewStudy): number {
  const sql = 'INSERT INTO studies (name, notes, created_at) VALUES (?, ?, ?)';
  const id = Number(statement(db, sql).run(name, notes, createdAt).lastInsertRowid);
  putRuns(db, id, runs);
  return id;
}

/** Updates only the given fields; call it in a transaction. */
export function updateStudy(
  db: WritableDb,
  id: number,
  { name, notes, runs }: Partial<Pick<NewStudy, 'name' | 'notes' | 'runs'>>,
): void {
  const sql = 'UPDATE studies SET name = coalesce(?, name), notes = coalesce(?, notes) WHERE id = ?';
  statement(db, sql).run(name ?? null, notes ?? null, id);
  if (runs) putRuns(db, id, runs);
}

/** Deletes a study; its runs are kept. */
export function deleteStudy(db: WritableDb, id: number): void {
  statement(db, 'DELETE FROM studies WHERE id = ?').run(id);
}

function putRuns(db: WritableDb, study: number, runs: readonly string[]): void {
  statement(db, 'DELETE FROM study_runs WHERE study = ?').run(study);
  const insert = statement(db, 'INSERT OR IGNORE INTO study_runs (study, run, position) VALUES (?, ?, ?)');
  for (const [position, run] of runs.entries()) insert.run(study, run, position);
}
