import type { NewCheckpoint } from '#contract/api/runs/run-records.ts';
import type { StoredCheckpoint } from '#contract/api/runs/run-state.ts';
import { type ReadableDb, statement, type WritableDb } from '../database.ts';

/** Records a checkpoint that is complete on disk; call it inside `durably`. A best one replaces the previous best. */
export function upsertCheckpoint(
  db: WritableDb,
  run: number,
  checkpoint: NewCheckpoint,
  at: number,
  sequence: number,
): void {
  const { step, folder, manifestHash, bytes, isBest, bestStep = null, suspectedSince = null } = checkpoint;
  if (isBest) statement(db, 'UPDATE checkpoints SET is_best = 0 WHERE run = ?').run(run);
  const sql = `INSERT OR REPLACE INTO checkpoints (run, step, folder, manifest_hash, bytes, is_best, at, sequence, best_step,
    suspected_since) VALUES (?, ?, portable(?), ?, ?, ?, ?, ?, ?, ?)`;
  const judged = [bestStep, suspectedSince];
  statement(db, sql).run(run, step, folder, manifestHash, bytes, isBest ? 1 : 0, at, sequence, ...judged);
}

/** Records that a checkpoint's folder was removed. */
export function markRemoved(db: WritableDb, run: number, step: number, because: string): void {
  statement(db, 'UPDATE checkpoints SET removed_because = ? WHERE run = ? AND step = ?').run(because, run, step);
}

type StoredRow = Omit<StoredCheckpoint, 'isBest'> & { readonly isBest: number };

/** All checkpoints of a run, oldest first, including removed ones. */
export function listCheckpoints(db: ReadableDb, run: number): readonly StoredCheckpoint[] {
  const sql = `SELECT step, local(folder) AS folder, manifest_hash AS manifestHash, bytes, is_best AS isBest, at,
    removed_because AS removedBecause, best_step AS bestStep, suspected_since AS suspectedSince FROM checkpoints WHERE run = ? ORDER BY step`;
  return (statement(db, sql).all(run) as StoredRow[]).map((row) => ({ ...row, isBest: row.isBest === 1 }));
}

/** A checkpoint that is still on disk, with its run. */
export interface RunCheckpoint {
  readonly run: string;
  readonly runName: string;
  readonly recipe: string;
  readonly step: number;
  readonly folder: string;
  readonly bytes: number;
  readonly at: number;
}

/** Checkpoints of all runs, newest first, without removed ones. */
export function listAllCheckpoints(db: ReadableDb): readonly RunCheckpoint[] {
  const sql = `SELECT runs.id AS run, runs.name AS runName, runs.recipe, step, local(checkpoints.folder) AS folder, bytes, at
    FROM checkpoints JOIN runs ON runs.number = checkpoints.run WHERE removed_because IS NULL
    ORDER BY runs.number DESC, step DESC`;
  return statement(db, sql).all() as RunCheckpoint[];
}
