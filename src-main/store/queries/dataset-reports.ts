import { type DatasetReport, datasetReportSchema } from '#contract/api/library/datasets.ts';
import { type ReadableDb, statement, type WritableDb } from '../database.ts';

/** Number of reports to keep; the oldest are removed first. */
const KEPT = 500;

/** The report on this content with these settings, or null if there is none that this version of Keel can read. */
export function readReport(
  db: ReadableDb,
  contentHash: string,
  settings: string,
): { readonly report: DatasetReport; readonly at: number } | null {
  const sql = 'SELECT local_json(report) AS report, at FROM dataset_reports WHERE content_hash = ? AND settings = ?';
  const row = statement(db, sql).get(contentHash, settings) as { report: string; at: number } | undefined;
  if (!row) return null;
  const parsed = datasetReportSchema.safeParse(JSON.parse(row.report));
  return parsed.success ? { report: parsed.data, at: row.at } : null;
}

/** Type and row counts of the newest report on a content, without reading the whole report, or null. */
export function readSummary(
  db: ReadableDb,
  contentHash: string,
): { readonly type: string; readonly form: string; readonly good: number; readonly bad: number } | null {
  const sql = `SELECT report ->> '$.format.type' AS type, report ->> '$.format.form' AS form,
    report ->> '$.rows.good' AS good, report ->> '$.rows.bad' AS bad
    FROM dataset_reports WHERE content_hash = ? ORDER BY at DESC LIMIT 1`;
  const row = statement(db, sql).get(contentHash) as { type: string; form: string; good: number; bad: number };
  return row ?? null;
}

/** Stores a report by its content and settings, and removes the oldest reports. */
export function upsertReport(db: WritableDb, settings: string, report: DatasetReport, at: number): void {
  const sql =
    'INSERT OR REPLACE INTO dataset_reports (content_hash, settings, report, at) VALUES (?, ?, portable_json(?), ?)';
  statement(db, sql).run(report.contentHash, settings, JSON.stringify(report), at);
  const oldest = `DELETE FROM dataset_reports WHERE (content_hash, settings) IN
    (SELECT content_hash, settings FROM dataset_reports ORDER BY at DESC LIMIT -1 OFFSET ${KEPT})`;
  statement(db, oldest).run();
}
