import type { BlindPair, RatingSession, Verdict } from '#contract/api/library/ratings.ts';
import { type ReadableDb, statement, type WritableDb } from '../database.ts';

/** A run whose responses are rated; pairs refer to it by its position in the session's list. */
export interface RatedSide {
  readonly run: string;
  readonly name: string;
  readonly step: number;
}

export interface NewPair {
  readonly prompt: string;
  readonly leftSide: number;
  readonly rightSide: number;
  readonly leftReply: string;
  readonly rightReply: string;
}

export interface RatedPair extends NewPair {
  readonly position: number;
  readonly verdict: Verdict | null;
}

export interface NewSession {
  readonly seed: number;
  readonly sides: readonly RatedSide[];
  readonly identical: number;
  readonly pairs: readonly NewPair[];
  readonly createdAt: number;
}

/** A session including what is hidden from its rater. */
export interface StoredSession extends RatingSession {
  readonly seed: number;
  readonly sides: readonly RatedSide[];
}

const SQL = `SELECT id, seed, sides, identical, created_at AS createdAt, finished_at AS finishedAt,
  (SELECT count(*) FROM ratings WHERE session = rating_sessions.id) AS pairs,
  (SELECT count(verdict) FROM ratings WHERE session = rating_sessions.id) AS rated FROM rating_sessions`;

type StoredRow = Omit<StoredSession, 'sides'> & { readonly sides: string };

function toSession(row: StoredRow): StoredSession {
  return { ...row, sides: JSON.parse(row.sides) as RatedSide[] };
}

/** Adds a session with its pairs in order; call it in a transaction. */
export function insertSession(db: WritableDb, session: NewSession): number {
  const { seed, sides, identical, pairs, createdAt } = session;
  const sql = 'INSERT INTO rating_sessions (seed, sides, identical, created_at) VALUES (?, ?, ?, ?)';
  const id = Number(statement(db, sql).run(seed, JSON.stringify(sides), identical, createdAt).lastInsertRowid);
  const insert = statement(db, 'INSERT INTO ratings VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL)');
  for (const [position, pair] of pairs.entries()) {
    insert.run(id, position, pair.prompt, pair.leftSide, pair.rightSide, pair.leftReply, pair.rightReply);
  }
  return id;
}

/** Newest first. */
export function listSessions(db: ReadableDb): readonly StoredSession[] {
  return (statement(db, `${SQL} ORDER BY id DESC`).all() as StoredRow[]).map(toSession);
}

export function readSession(db: ReadableDb, id: number): StoredSession | null {
  const row = statement(db, `${SQL} WHERE id = ?`).get(id) as StoredRow | undefined;
  return row ? toSession(row) : null;
}

/** The pairs of a session in the order of rating, with the runs that they are from. */
export function listRatedPairs(db: ReadableDb, session: number): readonly RatedPair[] {
  const sql = `SELECT position, prompt, left_side AS leftSide, right_side AS rightSide, left_reply AS leftReply,
    right_reply AS rightReply, verdict FROM ratings WHERE session = ? ORDER BY position`;
  return statement(db, sql).all(session) as RatedPair[];
}

/** The same without the runs that they are from. */
export function listBlindPairs(db: ReadableDb, session: number): readonly BlindPair[] {
  const sql = `SELECT position, prompt, left_reply AS left, right_reply AS right, verdict FROM ratings
    WHERE session = ? ORDER BY position`;
  return statement(db, sql).all(session) as BlindPair[];
}

/** Returns false if the session has no such pair. */
export function setVerdict(
  db: WritableDb,
  session: number,
  position: number,
  verdict: Verdict | null,
  at: number,
): boolean {
  const sql = 'UPDATE ratings SET verdict = ?, at = ? WHERE session = ? AND position = ?';
  return statement(db, sql).run(verdict, verdict === null ? null : at, session, position).changes === 1;
}

export function finishSession(db: WritableDb, id: number, at: number): void {
  statement(db, 'UPDATE rating_sessions SET finished_at = coalesce(finished_at, ?) WHERE id = ?').run(at, id);
}

export function deleteSession(db: WritableDb, id: number): void {
  statement(db, 'DELETE FROM rating_sessions WHERE id = ?').run(id);
}
