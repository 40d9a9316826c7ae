import type { Detail } from '#contract/api/runs/run-records.ts';
import type { Attempt } from '#contract/api/runs/run-state.ts';
import { type ReadableDb, statement, type WritableDb } from '../database.ts';

export interface NewAttempt {
  readonly enginePid: number | null;
  readonly resumedFrom: number | null;
  readonly environment: Detail;
  readonly startedAt: number;
}

type AttemptRow = Omit<Attempt, 'device' | 'settings' | 'environment'> &
  Record<'device' | 'settings' | 'environment', string>;

/** Records that an engine was started for a run; returns the attempt's number, starting at 1. */
export function insertAttempt(db: WritableDb, run: number, attempt: NewAttempt): number {
  const last = statement(db, 'SELECT coalesce(max(number), 0) FROM attempts WHERE run = ?').pluck().get(run) as number;
  const sql = `INSERT INTO attempts (run, number, engine_pid, resumed_from, device, settings, environment, started_at)
    VALUES (?, ?, ?, ?, '{}', '{}', ?, ?)`;
  const { enginePid, resumedFrom, environment, startedAt } = attempt;
  statement(db, sql).run(run, last + 1, enginePid, resumedFrom, JSON.stringify(environment), startedAt);
  return last + 1;
}

/** Records the device and settings that the engine reported when it was ready. */
export function describeAttempt(
  db: WritableDb,
  run: number,
  number: number,
  device: Detail,
  settings: Attempt['settings'],
): void {
  const sql = 'UPDATE attempts SET device = ?, settings = ? WHERE run = ? AND number = ?';
  statement(db, sql).run(JSON.stringify(device), JSON.stringify(settings), run, number);
}

/** Records how many network calls an engine has refused, and how many internet sockets it has open. */
export function noteNetwork(
  db: WritableDb,
  run: number,
  number: number,
  told: Pick<Attempt, 'networkCalls' | 'openSockets'>,
): void {
  const sql = 'UPDATE attempts SET network_calls = ?, open_sockets = ? WHERE run = ? AND number = ?';
  statement(db, sql).run(told.networkCalls, told.openSockets, run, number);
}

export function endAttempt(db: WritableDb, run: number, number: number, at: number, cause: string): void {
  const sql = 'UPDATE attempts SET ended_at = ?, cause = ? WHERE run = ? AND number = ? AND ended_at IS NULL';
  statement(db, sql).run(at, cause, run, number);
}

/** All engine starts of a run, in order. */
export function listAttempts(db: ReadableDb, run: number): readonly Attempt[] {
  const sql = `SELECT number, engine_pid AS enginePid, resumed_from AS resumedFrom, device, settings, environment,
    started_at AS startedAt, ended_at AS endedAt, cause,
    network_calls AS networkCalls, open_sockets AS openSockets FROM attempts WHERE run = ? ORDER BY number`;
  return (statement(db, sql).all(run) as AttemptRow[]).map((row) => ({
    ...row,
    device: JSON.parse(row.device) as Detail,
    settings: JSON.parse(row.settings) as Attempt['settings'],
    environment: JSON.parse(row.environment) as Detail,
  }));
}
