import type { Run } from '#contract/api/runs/run-state.ts';
import { type ReadableDb, statement, type WritableDb } from '../database.ts';
import { readRunByNumber } from './runs.ts';

/** A removed run with the stages removed together with it. */
export interface TrashRow {
  readonly run: Run;
  readonly stages: readonly Run[];
  readonly removedAt: number;
  readonly bytes: number;
}

/** Moves runs to the trash together; `root` is the one that the user chose. */
export function insertTrash(
  db: WritableDb,
  root: number,
  entries: readonly { readonly run: number; readonly bytes: number }[],
  at: number,
): void {
  const insert = statement(db, 'INSERT INTO trash (run, root, removed_at, bytes) VALUES (?, ?, ?, ?)');
  for (const { run, bytes } of entries) insert.run(run, root, at, bytes);
}

/** Takes a run and its stages out of the trash. */
export function deleteTrash(db: WritableDb, root: number): void {
  statement(db, 'DELETE FROM trash WHERE root = ?').run(root);
}

export function isInTrash(db: ReadableDb, run: number): boolean {
  return statement(db, 'SELECT 1 FROM trash WHERE run = ?').get(run) !== undefined;
}

/** All runs in the trash, most recently removed first. */
export function listTrash(db: ReadableDb): readonly TrashRow[] {
  const roots = `SELECT root, max(removed_at) AS removedAt, sum(bytes) AS bytes FROM trash
    GROUP BY root ORDER BY removedAt DESC, root DESC`;
  const rows = statement(db, roots).all() as { root: number; removedAt: number; bytes: number }[];
  const members = statement(db, 'SELECT run FROM trash WHERE root = ? AND run <> root ORDER BY run').pluck();
  return rows.flatMap(({ root, ...rest }) => {
    const run = readRunByNumber(db, root);
    if (!run) return [];
    const stages = (members.all(root) as number[]).flatMap((number) => readRunByNumber(db, number) ?? []);
    return [{ run, stages, ...rest }];
  });
}

/** When the newest run was created: a lower bound of the time that does not depend on the current clock. */
export function newestRunAt(db: ReadableDb): number {
  return statement(db, 'SELECT coalesce(max(created_at), 0) FROM runs').pluck().get() as number;
}

/** Folders of a run and of all its stages, whether removed or not. */
export function foldersOf(db: ReadableDb, run: Run): readonly string[] {
  const sql = 'SELECT local(folder) FROM runs WHERE number = ? OR parent = ?';
  return statement(db, sql).pluck().all(run.number, run.id) as string[];
}
