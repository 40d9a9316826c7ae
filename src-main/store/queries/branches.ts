import type { Branch } from '#contract/api/runs/rollback.ts';
import type { MetricRow } from '#contract/api/runs/run-records.ts';
import { type ReadableDb, statement, type WritableDb } from '../database.ts';
import { foldBucket } from './metric-buckets.ts';

const SAMPLE = `run, step, prompt_index, sequence, prompt, response, ids, tokens, lengths, per_token, score, judge,
  ended_by_stop`;

/** The tables whose rows are moved, with the columns that are kept. */
const MOVED = {
  metrics: 'run, key, step, value, at, sequence',
  samples: SAMPLE,
  checkpoints: 'run, step, manifest_hash, bytes, at',
  changes: 'run, step, path, value, at',
} as const;

interface Place {
  readonly run: number;
  readonly branch: number;
  readonly step: number;
}

function move(db: WritableDb, table: keyof typeof MOVED, at: Place): void {
  const columns = MOVED[table];
  const insert = `INSERT INTO abandoned_${table} (branch, ${columns}) SELECT @branch, ${columns} FROM ${table}
    WHERE run = @run AND step > @step`;
  statement(db, insert).run(at);
  statement(db, `DELETE FROM ${table} WHERE run = @run AND step > @step`).run(at);
}

/** Recomputes the outline of every series where it contains steps after `step`. */
function foldOutlines(db: WritableDb, { run, step }: Place): void {
  const keys = statement(db, 'SELECT DISTINCT key FROM metric_buckets WHERE run = ? AND last_step > ?').pluck();
  for (const key of keys.all(run, step) as number[]) {
    statement(db, 'DELETE FROM metric_buckets WHERE run = ? AND key = ? AND last_step > ?').run(run, key, step);
    foldBucket(db, run, key, step);
  }
}

/**
 * Moves all rows of a run after a step to the abandoned tables and returns the number of their branch; call it inside
 * `durably`. The checkpoint that was the best at that step becomes the best again.
 */
export function abandonAfter(db: WritableDb, run: number, step: number, at: number): number {
  const find = statement(db, 'SELECT branch, last_step AS lastStep FROM runs WHERE number = ?');
  const { branch, lastStep } = find.get(run) as { branch: number; lastStep: number | null };
  const place = { run, branch, step };
  for (const table of ['metrics', 'samples', 'checkpoints', 'changes'] as const) move(db, table, place);
  foldOutlines(db, place);
  statement(db, 'UPDATE events SET branch = @branch WHERE run = @run AND step > @step AND branch IS NULL').run(place);
  const best = `UPDATE checkpoints SET is_best = (step = (SELECT best_step FROM checkpoints
    WHERE run = @run AND step = @step)) WHERE run = @run AND EXISTS
    (SELECT 1 FROM checkpoints WHERE run = @run AND step = @step AND best_step IS NOT NULL)`;
  statement(db, best).run({ run, step });
  const insert = 'INSERT INTO branches (run, branch, back_to, last_step, at) VALUES (?, ?, ?, ?, ?)';
  statement(db, insert).run(run, branch, step, lastStep, at);
  const last = 'UPDATE runs SET branch = branch + 1, last_step = min(coalesce(last_step, 0), ?) WHERE number = ?';
  statement(db, last).run(step, run);
  return branch;
}

/** Abandoned branches of a run, oldest first. */
export function listBranches(db: ReadableDb, run: number): readonly Branch[] {
  const sql = `SELECT branch, back_to AS backTo, last_step AS lastStep, at FROM branches WHERE run = ? ORDER BY branch`;
  return statement(db, sql).all(run) as Branch[];
}

/** The lowest step after which checkpoint folders still have to be removed, or null. */
export function uncleanedStep(db: ReadableDb, run: number): number | null {
  const sql = 'SELECT min(back_to) FROM branches WHERE run = ? AND is_cleaned = 0';
  return statement(db, sql).pluck().get(run) as number | null;
}

export function markCleaned(db: WritableDb, run: number): void {
  statement(db, 'UPDATE branches SET is_cleaned = 1 WHERE run = ?').run(run);
}

/** One series of an abandoned branch, by step. */
export function readAbandonedSeries(db: ReadableDb, run: number, branch: number, key: string): readonly MetricRow[] {
  const sql = `SELECT ? AS key, step, coalesce(value, 'NaN') AS value, at, sequence FROM abandoned_metrics
    WHERE run = ? AND branch = ? AND key = (SELECT id FROM metric_keys WHERE key = ?) ORDER BY step`;
  const rows = statement(db, sql).all(key, run, branch, key) as (MetricRow & { value: number | string })[];
  return rows.map((row) => ({ ...row, value: Number(row.value) }));
}

/** Keys for which a branch has values, sorted. */
export function listAbandonedKeys(db: ReadableDb, run: number, branch: number): readonly string[] {
  const sql = `SELECT DISTINCT k.key FROM abandoned_metrics m JOIN metric_keys k ON k.id = m.key
    WHERE m.run = ? AND m.branch = ? ORDER BY k.key`;
  return statement(db, sql).pluck().all(run, branch) as string[];
}
