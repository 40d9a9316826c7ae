import Database from 'better-sqlite3';
import { logsOf, type TrackedPoint, type TrackedRun, type TrackerExport } from '../tracked-run.ts';
import { TRACKIO_SCHEMA, TRACKIO_SCHEMA_VERSION } from './schema.ts';

type Connection = Database.Database;

/** As Python's `isoformat` writes a time in UTC; rows are ordered by this text. */
const isoTime = (at: number) => new Date(at).toISOString().replace('Z', '+00:00');

/** The metrics of one call of `trackio.log` as JSON; Trackio spells numbers that JSON lacks as texts. */
function metricsJson(points: readonly TrackedPoint[]): string {
  const entries = points.map(({ key, value }) => [key, Number.isFinite(value) ? value : String(value)]);
  return JSON.stringify(Object.fromEntries(entries));
}

function insertConfig(db: Connection, { id, name, createdAt, config }: TrackedRun): void {
  const created = isoTime(createdAt);
  // `_Created` is what Trackio itself adds and shows.
  const all = JSON.stringify({ ...config, keel_name: name, _Created: created });
  const sql = 'INSERT INTO configs (run_id, run_name, config, created_at) VALUES (?, ?, ?, ?)';
  db.prepare(sql).run(id, id, all, created);
}

async function insertRun(db: Connection, run: TrackedRun): Promise<void> {
  insertConfig(db, run);
  const sql = 'INSERT INTO metrics (run_id, timestamp, run_name, step, metrics) VALUES (?, ?, ?, ?, ?)';
  const insert = db.prepare(sql);
  const insertAll = db.transaction((batch: readonly TrackedPoint[]) => {
    for (const { step, at, points } of logsOf(batch)) {
      insert.run(run.id, isoTime(at), run.id, step, metricsJson(points));
    }
  });
  for await (const batch of run.points()) insertAll(batch);
}

/**
 * Writes the database of a Trackio project. Trackio names a project like its file; runs have their ids as names,
 * because runs of one config share the name that it gives.
 */
export async function writeTrackio({ out, runs }: TrackerExport): Promise<void> {
  const db = new Database(out);
  try {
    db.exec(TRACKIO_SCHEMA);
    db.pragma(`user_version = ${TRACKIO_SCHEMA_VERSION}`);
    for (const run of runs) await insertRun(db, run);
  } finally {
    db.close();
  }
}
