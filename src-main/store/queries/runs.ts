import type { PauseCause } from '#contract/api/runs/run-doctor.ts';
import type { Detail } from '#contract/api/runs/run-records.ts';
import type { Run, RunState } from '#contract/api/runs/run-state.ts';
import type { KeelErrorShape } from '#contract/errors.ts';
import { readExactJson, writeExactJson } from '#contract/exact-json.ts';
import { type ReadableDb, statement, type WritableDb } from '../database.ts';

export interface NewRun {
  readonly id: string;
  readonly name: string;
  readonly recipe: string;
  readonly parent: string | null;
  readonly stage: string | null;
  readonly configGiven: string;
  readonly config: Detail;
  readonly device: string;
  readonly folder: string;
  /** Base folder for relative paths of the config. */
  readonly baseFolder: string;
  readonly createdAt: number;
}

const IS_PIPELINE_UNDER_WAY = "runs.recipe = 'pipeline' AND runs.state = 'running'";
const DEVICE_IS_TAKEN = `EXISTS (SELECT 1 FROM runs other WHERE other.device = part.device AND other.recipe <> 'pipeline'
  AND other.device NOT LIKE 'ray:%' AND other.state IN ('running', 'paused'))`;
/** The state of a running pipeline follows its stage: paused with it, and queued while another run uses the device. */
const STAGE_STATE = `SELECT part.state FROM runs part WHERE part.parent = runs.id
  AND (part.state = 'paused' OR part.state = 'queued' AND ${DEVICE_IS_TAKEN}) LIMIT 1`;
const STAGE_CAUSE = `SELECT part.paused_because FROM runs part WHERE part.parent = runs.id AND part.state = 'paused' LIMIT 1`;
/** Every query of a run's state uses this, so that pages, lists, and terminals show the same state. */
const STATE = `CASE WHEN ${IS_PIPELINE_UNDER_WAY} THEN coalesce((${STAGE_STATE}), runs.state) ELSE runs.state END AS state,
  CASE WHEN ${IS_PIPELINE_UNDER_WAY} THEN local_json((${STAGE_CAUSE})) ELSE local_json(runs.paused_because) END
  AS pausedBecause`;
const COLUMNS = `number, id, name, recipe, ${STATE}, parent, stage, device, local(folder) AS folder,
  local(base_folder) AS baseFolder, created_at AS createdAt, started_at AS startedAt, finished_at AS finishedAt,
  last_step AS lastStep, local_json(summary) AS summary, local_json(error) AS error, branch`;

type Json = 'summary' | 'error' | 'pausedBecause';
type RunRow = Omit<Run, Json> & { readonly [Key in Json]: string | null };

function parsed<Value>(text: string | null): Value | null {
  return text === null ? null : (readExactJson(text) as Value);
}

function toRun(row: RunRow): Run {
  return {
    ...row,
    summary: parsed<Detail>(row.summary),
    error: parsed<NonNullable<Run['error']>>(row.error),
    pausedBecause: parsed<PauseCause>(row.pausedBecause),
  };
}

/** Adds a run in state `queued` and returns its number. Throws if the id is already used. */
export function insertRun(db: WritableDb, run: NewRun): number {
  const sql = `INSERT INTO runs (id, name, recipe, state, parent, stage, config_given, config, device, folder,
    base_folder, created_at)
    VALUES (@id, @name, @recipe, 'queued', @parent, @stage, portable(@configGiven), portable_json(@config), @device,
      portable(@folder), portable(@baseFolder), @createdAt)`;
  return Number(statement(db, sql).run({ ...run, config: JSON.stringify(run.config) }).lastInsertRowid);
}

/** The run with an id, or null. */
export function readRun(db: ReadableDb, id: string): Run | null {
  const row = statement(db, `SELECT ${COLUMNS} FROM runs WHERE id = ?`).get(id) as RunRow | undefined;
  return row ? toRun(row) : null;
}

/** The run with a number, or null. */
export function readRunByNumber(db: ReadableDb, number: number): Run | null {
  const row = statement(db, `SELECT ${COLUMNS} FROM runs WHERE number = ?`).get(number) as RunRow | undefined;
  return row ? toRun(row) : null;
}

const NOT_REMOVED = 'number NOT IN (SELECT run FROM trash)';
const LISTED = `SELECT ${COLUMNS} FROM runs WHERE ${NOT_REMOVED} ORDER BY number DESC`;

/** The run with an id, or null if there is none or it is in the trash. */
export function readListedRun(db: ReadableDb, id: string): Run | null {
  const sql = `SELECT ${COLUMNS} FROM runs WHERE id = ? AND ${NOT_REMOVED}`;
  const row = statement(db, sql).get(id) as RunRow | undefined;
  return row ? toRun(row) : null;
}

/** All runs, newest first, without those in the trash. */
export function listRuns(db: ReadableDb, limit = 1000): readonly Run[] {
  const rows = statement(db, `${LISTED} LIMIT ?`).all(limit) as RunRow[];
  return rows.map(toRun);
}

/** The stages of a pipeline, in order of creation, without those in the trash. */
export function listStages(db: ReadableDb, parent: string): readonly Run[] {
  const sql = `SELECT ${COLUMNS} FROM runs WHERE parent = ? AND ${NOT_REMOVED} ORDER BY number`;
  return (statement(db, sql).all(parent) as RunRow[]).map(toRun);
}

/** The runs in one of the states, oldest first. */
export function runsInState(db: ReadableDb, states: readonly RunState[]): readonly Run[] {
  const sql = `SELECT ${COLUMNS} FROM runs WHERE state IN (SELECT value FROM json_each(?)) ORDER BY number`;
  return (statement(db, sql).all(JSON.stringify(states)) as RunRow[]).map(toRun);
}

/** Runs and pipelines that wait, in the order that was chosen, those without a place last, oldest first. */
export function waitingRuns(db: ReadableDb): readonly Run[] {
  const sql = `SELECT ${COLUMNS} FROM runs LEFT JOIN queue_places ON queue_places.run = runs.number
    WHERE runs.state = 'queued' AND parent IS NULL ORDER BY place IS NULL, place, number`;
  return (statement(db, sql).all() as RunRow[]).map(toRun);
}

/** The config as written by the user and as resolved. */
export function readConfig(db: ReadableDb, run: number): { readonly given: string; readonly resolved: Detail } {
  const sql = 'SELECT local(config_given) AS given, local_json(config) AS config FROM runs WHERE number = ?';
  const row = statement(db, sql).get(run) as { given: string; config: string };
  return { given: row.given, resolved: JSON.parse(row.config) as Detail };
}

export function setRunning(db: WritableDb, run: number, at: number): void {
  const sql = `UPDATE runs SET state = 'running', started_at = coalesce(started_at, ?), finished_at = NULL, error = NULL,
    paused_because = NULL WHERE number = ?`;
  statement(db, sql).run(at, run);
}

/** @param because the reason, if the run is paused. */
export function setState(db: WritableDb, run: number, state: RunState, because: PauseCause | null = null): void {
  const sql = 'UPDATE runs SET state = ?, paused_because = portable_json(?) WHERE number = ?';
  statement(db, sql).run(state, because && JSON.stringify(because), run);
}

export interface RunEnd {
  readonly state: RunState;
  readonly at: number;
  readonly summary: Detail | null;
  readonly error: KeelErrorShape | null;
}

/** Closes a run; call it inside `durably`. */
export function endRun(db: WritableDb, run: number, end: RunEnd): void {
  const sql = `UPDATE runs SET state = ?, finished_at = ?, summary = portable_json(?), error = portable_json(?),
    paused_because = NULL WHERE number = ?`;
  const json = (value: unknown) => (value === null ? null : writeExactJson(value));
  statement(db, sql).run(end.state, end.at, json(end.summary), json(end.error), run);
}

/** Deletes a run with all its rows, including its stages. */
export function deleteRun(db: WritableDb, run: number): void {
  statement(db, 'DELETE FROM runs WHERE number = ?').run(run);
}
