import Database from 'better-sqlite3';
import { homePaths } from '../disk/home-paths.ts';
import { storeError } from './sqlite-errors.ts';
import { requireSoundSqlite } from './sqlite-version.ts';

type Connection = Database.Database;

/** A connection for reading. */
export type ReadableDb = Connection & { readonly readable: true };
/** The only connection that may write; it can also read. */
export type WritableDb = ReadableDb & { readonly writable: true };

/** better-sqlite3 falls back to NORMAL when WAL is set, so all settings are explicit. */
const WRITER_PRAGMAS = [
  'journal_mode = WAL',
  'synchronous = NORMAL',
  'foreign_keys = ON',
  'busy_timeout = 5000',
  'trusted_schema = OFF',
  'wal_autocheckpoint = 1000',
  'temp_store = MEMORY',
];
const READER_PRAGMAS = ['foreign_keys = ON', 'busy_timeout = 5000', 'trusted_schema = OFF', 'query_only = ON'];

/**
 * Adds SQL functions that convert paths: `portable(…)` for written values and `local(…)` for read values, with `_json`
 * for JSON texts. Without a data folder, both return texts unchanged.
 */
function addPathFunctions(connection: Connection, home: string | null): void {
  const paths = home === null ? null : homePaths(home);
  const add = (name: string, rewrite: ((text: string) => string) | undefined) => {
    const apply = (value: unknown) => (typeof value === 'string' && rewrite ? rewrite(value) : value);
    connection.function(name, { deterministic: true, directOnly: true }, apply);
  };
  add('portable', paths?.text.portable);
  add('local', paths?.text.local);
  add('portable_json', paths?.json.portable);
  add('local_json', paths?.json.local);
}

function connect(path: string, pragmas: readonly string[], options: Database.Options, home: string | null): Connection {
  let connection: Connection | undefined;
  try {
    connection = new Database(path, options);
    requireSoundSqlite(connection.prepare('SELECT sqlite_version()').pluck().get() as string);
    for (const pragma of pragmas) connection.pragma(pragma);
    addPathFunctions(connection, home);
    return connection;
  } catch (error) {
    connection?.close();
    throw storeError(error, path);
  }
}

/**
 * Opens the writing connection; `:memory:` creates a store that exists as long as the connection.
 * @param home the data folder to which its paths are relative; null for a file with absolute paths.
 */
export function openWriter(path: string, home: string | null = null): WritableDb {
  return connect(path, WRITER_PRAGMAS, {}, home) as WritableDb;
}

/** Opens a reading connection to an existing store. */
export function openReader(path: string, home: string | null = null): ReadableDb {
  return connect(path, READER_PRAGMAS, { readonly: true, fileMustExist: true }, home) as ReadableDb;
}

/**
 * Opens a store that no other process has open, such as a backup, for reading. Unlike a reading connection, it leaves
 * no companion files when it closes.
 */
export function openAtRest(path: string): ReadableDb {
  return connect(path, READER_PRAGMAS, { fileMustExist: true }, null) as ReadableDb;
}

const statements = new WeakMap<Connection, Map<string, Database.Statement>>();

/** The prepared statement for an SQL text, cached per connection. */
export function statement(db: ReadableDb, sql: string): Database.Statement {
  const known = statements.get(db) ?? new Map<string, Database.Statement>();
  statements.set(db, known);
  const ready = known.get(sql) ?? db.prepare(sql);
  known.set(sql, ready);
  return ready;
}

/** Runs work in a transaction, or joins the open one. */
export function inTransaction<Result>(db: WritableDb, work: () => Result): Result {
  try {
    return db.transaction(work).immediate();
  } catch (error) {
    throw storeError(error, db.name);
  }
}

/**
 * Like {@link inTransaction}, but the rows have reached the disk when it returns (`synchronous=FULL`). For everything
 * that is then reported to the user as done, such as "run finished" and "checkpoint exists".
 */
export function durably<Result>(db: WritableDb, work: () => Result): Result {
  db.pragma('synchronous = FULL');
  try {
    return inTransaction(db, work);
  } finally {
    db.pragma('synchronous = NORMAL');
  }
}
