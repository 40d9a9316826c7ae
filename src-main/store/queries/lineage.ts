import type { Artifact, Detail } from '#contract/api/runs/run-records.ts';
import type { StoredInput } from '#contract/api/runs/run-state.ts';
import { readExactJson, writeExactJson } from '#contract/exact-json.ts';
import { type ReadableDb, statement, type WritableDb } from '../database.ts';

type Stored<Row> = Omit<Row, 'detail'> & { readonly detail: string };

function withDetail<Row extends { readonly detail: string }>(row: Row): Omit<Row, 'detail'> & { detail: Detail } {
  return { ...row, detail: readExactJson(row.detail) as Detail };
}

/** Records an artifact of a run; a newer folder for the same kind and tag replaces the older. */
export function upsertArtifact(db: WritableDb, run: number, artifact: Artifact, at: number): void {
  const { kind, tag, folder, detail } = artifact;
  const sql = `INSERT OR REPLACE INTO artifacts (run, kind, tag, folder, detail, at)
    VALUES (?, ?, ?, portable(?), portable_json(?), ?)`;
  statement(db, sql).run(run, kind, tag, folder, writeExactJson(detail), at);
}

/** Newest first. */
export function listArtifacts(db: ReadableDb, run: number): readonly Artifact[] {
  const sql = `SELECT kind, tag, local(folder) AS folder, local_json(detail) AS detail FROM artifacts
    WHERE run = ? ORDER BY at DESC, kind, tag`;
  return (statement(db, sql).all(run) as Stored<Artifact>[]).map(withDetail);
}

/** Records a file, folder, or run used as input by a run. */
export function upsertInput(db: WritableDb, run: number, input: StoredInput): void {
  const { role, path, sha256, bytes, rows, sourceRun, detail } = input;
  const sql = `INSERT OR REPLACE INTO inputs (run, role, path, sha256, bytes, rows, source_run, detail)
    VALUES (?, ?, portable(?), ?, ?, ?, ?, portable_json(?))`;
  statement(db, sql).run(run, role, path, sha256, bytes, rows, sourceRun, writeExactJson(detail));
}

/** All inputs of a run, by role. */
export function listInputs(db: ReadableDb, run: number): readonly StoredInput[] {
  const sql = `SELECT role, local(path) AS path, sha256, bytes, rows, source_run AS sourceRun,
    local_json(detail) AS detail FROM inputs WHERE run = ? ORDER BY role, inputs.path`;
  return (statement(db, sql).all(run) as Stored<StoredInput>[]).map(withDetail);
}

/** Ids of the runs that use artifacts of a run, without runs in the trash. */
export function listDependents(db: ReadableDb, id: string): readonly string[] {
  const sql = `SELECT DISTINCT runs.id FROM inputs JOIN runs ON runs.number = inputs.run
    WHERE inputs.source_run = ? AND runs.number NOT IN (SELECT run FROM trash) ORDER BY runs.number`;
  return statement(db, sql).pluck().all(id) as string[];
}

/** An artifact with its run. */
export interface RunArtifact extends Omit<Artifact, 'detail'> {
  readonly run: string;
  readonly runName: string;
  readonly at: number;
}

/** The artifacts of all runs, newest first. */
export function listAllArtifacts(db: ReadableDb): readonly RunArtifact[] {
  const sql = `SELECT runs.id AS run, runs.name AS runName, artifacts.kind, tag,
    local(artifacts.folder) AS folder, at
    FROM artifacts JOIN runs ON runs.number = artifacts.run ORDER BY runs.number DESC, at DESC, artifacts.kind, tag`;
  return statement(db, sql).all() as RunArtifact[];
}
