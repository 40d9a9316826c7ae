import { dirname } from 'node:path';
import type { WritableDb } from './database.ts';
import { inTransaction, openReader, openWriter } from './database.ts';
import { migrate } from './migrate.ts';

/** A table whose rows belong to runs, with the column that refers to the run by its number. */
interface RunTable {
  readonly name: string;
  readonly column: string;
  /** All columns except an automatic row number. */
  readonly columns: readonly string[];
  /** Columns that refer to a metric by its id, which differs between stores. */
  readonly keyColumns: ReadonlySet<string>;
}

interface Column {
  readonly name: string;
  readonly type: string;
  readonly pk: number;
}

interface ForeignKey {
  readonly table: string;
  readonly from: string;
  readonly to: string | null;
}

/** Tables that concern only one data folder, such as the trash. */
const OWN_AFFAIRS = new Set(['queue_places', 'trash']);

function columnsOf(db: WritableDb, table: string): readonly Column[] {
  return db.pragma(`table_info(${table})`) as Column[];
}

function tableNames(db: WritableDb): readonly string[] {
  const sql = "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
  return db.prepare(sql).pluck().all() as string[];
}

/** All tables that refer to `runs (number)`, read from the schema so that new tables are included. */
function runTables(db: WritableDb): readonly RunTable[] {
  return tableNames(db).flatMap((name) => {
    const keys = db.pragma(`foreign_key_list(${name})`) as ForeignKey[];
    const column = keys.find((key) => key.table === 'runs' && key.to === 'number')?.from;
    if (!column || OWN_AFFAIRS.has(name)) return [];
    const all = columnsOf(db, name);
    const keyed = all.filter(({ pk }) => pk > 0);
    const isSelfNumbered = ({ pk, type, name: own }: Column) =>
      pk > 0 && keyed.length === 1 && type === 'INTEGER' && own !== column;
    const keyColumns = new Set(keys.filter(({ table }) => table === 'metric_keys').map(({ from }) => from));
    const columns = all.filter((one) => !isSelfNumbered(one)).map((one) => one.name);
    return [{ name, column, columns, keyColumns }];
  });
}

function attached<Result>(db: WritableDb, path: string, work: () => Result): Result {
  db.prepare('ATTACH ? AS other').run(path);
  try {
    return inTransaction(db, work);
  } finally {
    db.exec('DETACH other');
  }
}

/** Text columns that never contain paths or references, such as prompts and responses, and what a person has noted. */
const PROSE = new Set([
  'run_labels.group',
  'run_labels.notes',
  'run_labels.tags',
  'samples.ids',
  'samples.lengths',
  'samples.prompt',
  'samples.response',
  'samples.tokens',
]);

/** A column's name in SQL, where it may be a keyword. */
const quoted = (column: string) => `"${column}"`;

/** Applies an SQL function to every text of the runs' rows that may contain a path or an id; `_json` for JSON. */
function rewriteTexts(db: WritableDb, name: string): void {
  for (const table of ['runs', ...runTables(db).map((one) => one.name)]) {
    const texts = columnsOf(db, table).filter((one) => one.type === 'TEXT' && !PROSE.has(`${table}.${one.name}`));
    const sets = texts.map((one) => {
      const column = quoted(one.name);
      return `${column} = CASE WHEN json_valid(${column}) THEN ${name}_json(${column}) ELSE ${name}(${column}) END`;
    });
    if (sets.length > 0) db.exec(`UPDATE ${table} SET ${sets.join(', ')}`);
  }
}

/**
 * Writes the rows of some runs to a new store, with absolute paths.
 * @param withoutCheckpoints numbers of the runs whose checkpoints are not included.
 */
export function writeRunRows(
  source: string,
  target: string,
  runs: readonly number[],
  withoutCheckpoints: readonly number[],
): void {
  const db = openWriter(target, dirname(source));
  try {
    migrate(db);
    attached(db, source, () => {
      const wanted = JSON.stringify(runs);
      const among = (column: string) => `${column} IN (SELECT value FROM json_each(?))`;
      db.pragma('defer_foreign_keys = ON');
      db.prepare(`INSERT INTO main.runs SELECT * FROM other.runs WHERE ${among('number')}`).run(wanted);
      db.exec('UPDATE main.runs SET parent = NULL WHERE parent NOT IN (SELECT id FROM main.runs)');
      db.exec('INSERT INTO main.metric_keys SELECT * FROM other.metric_keys');
      for (const { name, column } of runTables(db))
        db.prepare(`INSERT INTO main.${name} SELECT * FROM other.${name} WHERE ${among(column)}`).run(wanted);
      db.exec('DELETE FROM main.metric_keys WHERE id NOT IN (SELECT key FROM main.metrics)');
      const sql = `UPDATE main.checkpoints SET removed_because = 'not in the backup'
        WHERE removed_because IS NULL AND ${among('run')}`;
      db.prepare(sql).run(JSON.stringify(withoutCheckpoints));
      rewriteTexts(db, 'local');
    });
    // A single file, without companion files that could be forgotten when it is copied.
    db.pragma('journal_mode = DELETE');
  } finally {
    db.close();
  }
}

/** A folder that Keel would remove together with a run, according to the rows. */
export interface OwnedFolder {
  readonly run: string;
  readonly folder: string;
}

/**
 * Migrates a store of {@link writeRunRows} to the current schema, rewrites every text of its rows that may contain a
 * path or an id, and stores paths below `home` like the store of that data folder. Returns the rewritten folders of its
 * runs and checkpoints. Throws `store_future` for a store of a newer version of Keel.
 */
export function rewriteRunRows(path: string, home: string, rewrite: (text: string) => string): readonly OwnedFolder[] {
  const db = openWriter(path, home);
  try {
    migrate(db);
    const apply = (text: unknown) => (typeof text === 'string' ? rewrite(text) : text);
    for (const name of ['rewritten', 'rewritten_json']) db.function(name, { deterministic: true }, apply);
    inTransaction(db, () => {
      db.pragma('defer_foreign_keys = ON');
      rewriteTexts(db, 'rewritten');
      // Process ids are meaningless on another machine.
      db.exec('UPDATE attempts SET engine_pid = NULL');
    });
    const owned = `SELECT id AS run, folder FROM runs UNION ALL
      SELECT runs.id, checkpoints.folder FROM checkpoints JOIN runs ON runs.number = checkpoints.run`;
    const folders = db.prepare(owned).all() as OwnedFolder[];
    inTransaction(db, () => rewriteTexts(db, 'portable'));
    db.pragma('journal_mode = DELETE');
    return folders;
  } finally {
    db.close();
  }
}

/** Ids of all runs of a store that already has the current schema, in order of their numbers. */
export function runIds(path: string): readonly string[] {
  const db = openReader(path);
  try {
    return db.prepare('SELECT id FROM runs ORDER BY number').pluck().all() as string[];
  } finally {
    db.close();
  }
}

/** Clears the parent of runs whose pipelines are not among the given ones. */
export function keepParents(path: string, ids: readonly string[]): void {
  const db = openWriter(path);
  try {
    const sql = 'UPDATE runs SET parent = NULL WHERE parent NOT IN (SELECT value FROM json_each(?))';
    db.prepare(sql).run(JSON.stringify(ids));
    db.pragma('journal_mode = DELETE');
  } finally {
    db.close();
  }
}

/** Adds some runs of a store with the same schema to this one, under new numbers, in one transaction. */
export function addRunRows(db: WritableDb, path: string, ids: readonly string[]): void {
  const runColumns = columnsOf(db, 'runs').flatMap(({ name }) => (name === 'number' ? [] : [quoted(name)]));
  attached(db, path, () => {
    const sql = 'SELECT number FROM other.runs WHERE id IN (SELECT value FROM json_each(?)) ORDER BY number';
    const numbers = db.prepare(sql).pluck().all(JSON.stringify(ids)) as number[];
    db.exec('INSERT INTO main.metric_keys (key) SELECT key FROM other.metric_keys WHERE true ON CONFLICT DO NOTHING');
    const columns = runColumns.join(', ');
    const insert = db.prepare(`INSERT INTO main.runs (${columns}) SELECT ${columns} FROM other.runs WHERE number = ?`);
    for (const from of numbers) {
      const to = Number(insert.run(from).lastInsertRowid);
      for (const table of runTables(db)) addRows(db, table, from, to);
    }
  });
}

function addRows(db: WritableDb, { name, column, columns, keyColumns }: RunTable, from: number, to: number): void {
  const values = columns.map((one) => {
    if (one === column) return '@to';
    if (!keyColumns.has(one)) return `source.${quoted(one)}`;
    return `(SELECT id FROM main.metric_keys WHERE key = (SELECT key FROM other.metric_keys WHERE id = source.${one}))`;
  });
  const sql = `INSERT INTO main.${name} (${columns.map(quoted).join(', ')})
    SELECT ${values.join(', ')} FROM other.${name} AS source WHERE source.${column} = @from`;
  db.prepare(sql).run({ from, to });
}
