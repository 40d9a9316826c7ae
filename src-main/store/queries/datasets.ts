import type { DatasetVersion } from '#contract/api/library/dataset-library.ts';
import { type ReadableDb, statement, type WritableDb } from '../database.ts';

/** A dataset as stored; the current state of its file has to be read from disk. */
export interface StoredDataset {
  readonly id: number;
  readonly name: string;
  readonly source: string;
  readonly isCopy: boolean;
  readonly columns: Readonly<Record<string, string>>;
  readonly addedAt: number;
  readonly removedAt: number | null;
}

/** One content of a dataset; an unchanged size and modification time mean that the file was not modified. */
export interface StoredVersion extends DatasetVersion {
  /** Modification time in milliseconds since 1970, including the fraction. */
  readonly modifiedAt: number;
}

type Row = Omit<StoredDataset, 'isCopy' | 'columns'> & { readonly isCopy: number; readonly columns: string };

const COLUMNS = `id, name, local(source) AS source, is_copy AS isCopy, columns, added_at AS addedAt,
  removed_at AS removedAt`;

function toDataset(row: Row): StoredDataset {
  return { ...row, isCopy: row.isCopy === 1, columns: JSON.parse(row.columns) as Record<string, string> };
}

/** All datasets, newest first, including removed ones. */
export function listDatasets(db: ReadableDb): readonly StoredDataset[] {
  return (statement(db, `SELECT ${COLUMNS} FROM datasets ORDER BY id DESC`).all() as Row[]).map(toDataset);
}

export function readDataset(db: ReadableDb, id: number): StoredDataset | null {
  const row = statement(db, `SELECT ${COLUMNS} FROM datasets WHERE id = ?`).get(id) as Row | undefined;
  return row ? toDataset(row) : null;
}

/** Versions of a dataset, the most recently seen first. */
export function listVersions(db: ReadableDb, dataset: number): readonly StoredVersion[] {
  const sql = `SELECT number, content_hash AS contentHash, local(path) AS path, bytes, modified_at AS modifiedAt, seen_at AS seenAt
    FROM dataset_versions WHERE dataset = ? ORDER BY seen_at DESC, number DESC`;
  return statement(db, sql).all(dataset) as StoredVersion[];
}

/** Adds a dataset, or restores the one with the same source. Returns its id. */
export function upsertDataset(
  db: WritableDb,
  { name, source, isCopy }: Pick<StoredDataset, 'name' | 'source' | 'isCopy'>,
  at: number,
): number {
  const sql = `INSERT INTO datasets (name, source, is_copy, columns, added_at) VALUES (?, portable(?), ?, '{}', ?)
    ON CONFLICT (source, is_copy) DO UPDATE SET removed_at = NULL RETURNING id`;
  return statement(db, sql)
    .pluck()
    .get(name, source, isCopy ? 1 : 0, at) as number;
}

/** Records a content of a dataset: a new one gets the next number, a known one is updated. */
export function upsertVersion(db: WritableDb, dataset: number, version: Omit<StoredVersion, 'number'>): void {
  const sql = `INSERT INTO dataset_versions (dataset, number, content_hash, path, bytes, modified_at, seen_at)
    VALUES (@dataset,
      (SELECT coalesce(max(number), 0) + 1 FROM dataset_versions WHERE dataset = @dataset),
      @contentHash, portable(@path), @bytes, @modifiedAt, @seenAt)
    ON CONFLICT (dataset, content_hash) DO UPDATE
    SET path = excluded.path, modified_at = excluded.modified_at, seen_at = excluded.seen_at`;
  statement(db, sql).run({ dataset, ...version });
}

export function setColumns(db: WritableDb, id: number, columns: Readonly<Record<string, string>>): void {
  statement(db, 'UPDATE datasets SET columns = ? WHERE id = ?').run(JSON.stringify(columns), id);
}

/** Marks a dataset as removed, or as restored with null. */
export function setDatasetRemoved(db: WritableDb, id: number, at: number | null): void {
  statement(db, 'UPDATE datasets SET removed_at = ? WHERE id = ?').run(at, id);
}

/** Whether any version is stored at this path. */
export function isPathKept(db: ReadableDb, path: string): boolean {
  return statement(db, 'SELECT 1 FROM dataset_versions WHERE path = portable(?) LIMIT 1').get(path) !== undefined;
}

/** Permanently deletes a dataset and its versions. */
export function deleteDataset(db: WritableDb, id: number): void {
  statement(db, 'DELETE FROM datasets WHERE id = ?').run(id);
}
