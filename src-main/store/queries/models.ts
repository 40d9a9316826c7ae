import type { ArtifactKind } from '#contract/api/runs/run-records.ts';
import { type ReadableDb, statement, type WritableDb } from '../database.ts';

/** A model folder that the user has added. */
export interface StoredModel {
  readonly id: number;
  readonly name: string;
  readonly folder: string;
  readonly source: 'linked' | 'copied' | 'downloaded';
  /** Original folder, or `owner/name@revision`. */
  readonly origin: string | null;
  readonly kind: ArtifactKind;
  readonly addedAt: number;
  readonly removedAt: number | null;
}

const COLUMNS = `id, name, local(folder) AS folder, source, local(origin) AS origin, kind, added_at AS addedAt,
  removed_at AS removedAt`;

/** All added models, newest first, including removed ones. */
export function listModels(db: ReadableDb): readonly StoredModel[] {
  return statement(db, `SELECT ${COLUMNS} FROM models ORDER BY id DESC`).all() as StoredModel[];
}

export function readModel(db: ReadableDb, id: number): StoredModel | null {
  return (statement(db, `SELECT ${COLUMNS} FROM models WHERE id = ?`).get(id) as StoredModel | undefined) ?? null;
}

/** Adds a model, or restores the one with the same folder. Returns its id. */
export function upsertModel(db: WritableDb, model: Omit<StoredModel, 'id' | 'removedAt'>): number {
  const { name, folder, source, origin, kind, addedAt } = model;
  const sql = `INSERT INTO models (name, folder, source, origin, kind, added_at) VALUES (?, portable(?), ?, portable(?), ?, ?)
    ON CONFLICT (folder) DO UPDATE SET removed_at = NULL, kind = excluded.kind RETURNING id`;
  return statement(db, sql).pluck().get(name, folder, source, origin, kind, addedAt) as number;
}

/** Marks a model as removed, or as restored with null. */
export function setModelRemoved(db: WritableDb, id: number, at: number | null): void {
  statement(db, 'UPDATE models SET removed_at = ? WHERE id = ?').run(at, id);
}

/** Permanently deletes a model's row; does not touch its folder. */
export function deleteModel(db: WritableDb, id: number): void {
  statement(db, 'DELETE FROM models WHERE id = ?').run(id);
}
