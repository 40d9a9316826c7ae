import type { Draft, NamedDraft } from '#contract/api/drafts.ts';
import { type ReadableDb, statement, type WritableDb } from '../database.ts';

/** The draft of a form, or null. */
export function readDraft(db: ReadableDb, name: string): Draft | null {
  const row = statement(db, 'SELECT local(text) AS text, updated_at AS updatedAt FROM drafts WHERE name = ?').get(name);
  return (row as Draft | undefined) ?? null;
}

/** Drafts whose names start with `prefix`, newest first. */
export function listDrafts(db: ReadableDb, prefix: string): readonly NamedDraft[] {
  const sql = `SELECT name, text, updated_at AS updatedAt FROM drafts WHERE substr(name, 1, length(@prefix)) = @prefix
    ORDER BY updated_at DESC, name DESC`;
  return statement(db, sql).all({ prefix }) as NamedDraft[];
}

export function upsertDraft(db: WritableDb, name: string, { text, updatedAt }: Draft): void {
  statement(db, 'INSERT OR REPLACE INTO drafts VALUES (?, portable(?), ?)').run(name, text, updatedAt);
}

export function deleteDraft(db: WritableDb, name: string): void {
  statement(db, 'DELETE FROM drafts WHERE name = ?').run(name);
}
