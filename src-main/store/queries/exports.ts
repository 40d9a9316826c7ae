import type { ExportRow } from '#contract/api/run-archive.ts';
import type { Detail } from '#contract/api/runs/run-records.ts';
import { readExactJson, writeExactJson } from '#contract/exact-json.ts';
import { type ReadableDb, statement, type WritableDb } from '../database.ts';

export type StoredExport = Omit<ExportRow, 'isThere'>;

/** Records an exported folder that was written and verified. */
export function insertExport(db: WritableDb, run: number, row: Omit<StoredExport, 'number'>): void {
  const sql =
    'INSERT INTO exports (run, what, tag, folder, detail, at) VALUES (?, ?, ?, portable(?), portable_json(?), ?)';
  statement(db, sql).run(run, row.what, row.tag, row.folder, writeExactJson(row.detail), row.at);
}

/** All exports of a run, newest first. */
export function listExports(db: ReadableDb, run: number): readonly StoredExport[] {
  const sql = `SELECT number, what, tag, local(folder) AS folder, local_json(detail) AS detail, at FROM exports
    WHERE run = ? ORDER BY number DESC`;
  const rows = statement(db, sql).all(run) as (Omit<StoredExport, 'detail'> & { detail: string })[];
  return rows.map((row) => ({ ...row, detail: readExactJson(row.detail) as Detail }));
}
