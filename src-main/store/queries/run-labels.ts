import type { RunLabels } from '#contract/api/runs/run-labels.ts';
import { type ReadableDb, statement, type WritableDb } from '../database.ts';

const NONE: RunLabels = { tags: [], group: '', notes: '' };

/** What a person has noted of a run. */
export function readLabels(db: ReadableDb, run: number): RunLabels {
  const sql = 'SELECT tags, "group", notes FROM run_labels WHERE run = ?';
  const row = statement(db, sql).get(run) as { tags: string; group: string; notes: string } | undefined;
  return row ? { ...row, tags: JSON.parse(row.tags) as string[] } : NONE;
}

/** Replaces what is noted of a run. */
export function setLabels(db: WritableDb, run: number, { tags, group, notes }: RunLabels): void {
  const sql = 'INSERT OR REPLACE INTO run_labels (run, tags, "group", notes) VALUES (?, ?, ?, ?)';
  statement(db, sql).run(run, JSON.stringify(tags), group, notes);
}

/** Renames a run; its id and folder keep the name that it was started with. */
export function renameRun(db: WritableDb, run: number, name: string): void {
  statement(db, 'UPDATE runs SET name = ? WHERE number = ?').run(name, run);
}
