import { type StudyPlace, studyPlaceSchema } from '#contract/api/clusters.ts';
import { type StartSamples, startSamplesSchema } from '#contract/api/runs/start-samples.ts';
import type { Study } from '#contract/api/runs/study.ts';
import { type ReadableDb, statement, type WritableDb } from '../database.ts';

/** What a study is going to run: its resolved config, and the folder from which its paths start. */
export interface StudyPlan {
  readonly plan: unknown;
  readonly baseFolder: string;
  /** The cluster that computes its runs; null for this machine. */
  readonly place: StudyPlace | null;
}

export interface NewStudy {
  readonly name: string;
  readonly notes: string;
  readonly runs: readonly string[];
  readonly createdAt: number;
}

type StoredRow = Omit<Study, 'runs' | 'isPlanned'> & { readonly runs: string; readonly isPlanned: number };

const SQL = `SELECT id, name, notes, created_at AS createdAt, plan IS NOT NULL AS isPlanned,
  (SELECT json_group_array(run ORDER BY position) FROM study_runs WHERE study = studies.id) AS runs FROM studies`;

function toStudy(row: StoredRow): Study {
  return { ...row, isPlanned: row.isPlanned === 1, runs: JSON.parse(row.runs) as Study['runs'] };
}

/** Newest first. */
export function listStudies(db: ReadableDb): readonly Study[] {
  return (statement(db, `${SQL} ORDER BY id DESC`).all() as StoredRow[]).map(toStudy);
}

export function readStudy(db: ReadableDb, id: number): Study | null {
  const row = statement(db, `${SQL} WHERE id = ?`).get(id) as StoredRow | undefined;
  return row ? toStudy(row) : null;
}

/** What a study is going to run; null if its runs were only put together. */
export function readStudyPlan(db: ReadableDb, id: number): StudyPlan | null {
  const sql = 'SELECT local_json(plan) AS plan, local(base_folder) AS baseFolder, place FROM studies WHERE id = ?';
  const row = statement(db, sql).get(id) as Record<'plan' | 'baseFolder' | 'place', string | null> | undefined;
  if (!row?.plan) return null;
  const place = row.place === null ? null : studyPlaceSchema.parse(JSON.parse(row.place));
  return { plan: JSON.parse(row.plan), baseFolder: row.baseFolder ?? '.', place };
}

/** The runs of a planned study by the entry of the plan that they carry out. */
export function readStudyEntries(db: ReadableDb, id: number): ReadonlyMap<string, string> {
  const sql = 'SELECT entry, run FROM study_runs WHERE study = ? AND entry IS NOT NULL';
  const rows = statement(db, sql).all(id) as { entry: string; run: string }[];
  return new Map(rows.map(({ entry, run }) => [entry, run]));
}

/** Records which run carries out an entry of the plan; call it in a transaction. */
export function insertStudyEntry(db: WritableDb, id: number, entry: string, run: string): void {
  const sql = `INSERT OR REPLACE INTO study_runs (study, run, entry, position)
    VALUES (?, ?, ?, (SELECT count(*) FROM study_runs WHERE study = ?))`;
  statement(db, sql).run(id, run, entry, id);
}

/** Adds a study and returns its id; call it in a transaction. */
export function insertStudy(db: WritableDb, { name, notes, runs, createdAt }: NewStudy, planned?: StudyPlan): number {
  const sql = `INSERT INTO studies (name, notes, created_at, plan, base_folder, place)
    VALUES (?, ?, ?, portable_json(?), portable(?), ?)`;
  const plan = planned ? JSON.stringify(planned.plan) : null;
  const place = planned?.place ? JSON.stringify(planned.place) : null;
  const added = statement(db, sql).run(name, notes, createdAt, plan, planned?.baseFolder ?? null, place);
  const id = Number(added.lastInsertRowid);
  putRuns(db, id, runs);
  return id;
}

/** Scored responses of a study's starting policy; null if none were sampled. */
export function readStartSamples(db: ReadableDb, id: number): StartSamples | null {
  const text = statement(db, 'SELECT start_samples FROM studies WHERE id = ?').pluck().get(id) as string | null;
  return text === null || text === undefined ? null : startSamplesSchema.parse(JSON.parse(text));
}

/** Keeps them, instead of earlier ones; call it in a transaction. */
export function writeStartSamples(db: WritableDb, id: number, samples: StartSamples): void {
  statement(db, 'UPDATE studies SET start_samples = ? WHERE id = ?').run(JSON.stringify(samples), id);
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
  // Runs that carry out a plan stay: the study would start them again.
  statement(db, 'DELETE FROM study_runs WHERE study = ? AND entry IS NULL').run(study);
  const insert = statement(db, 'INSERT OR IGNORE INTO study_runs (study, run, position) VALUES (?, ?, ?)');
  for (const [position, run] of runs.entries()) insert.run(study, run, position);
}
