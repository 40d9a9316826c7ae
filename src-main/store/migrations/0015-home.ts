import { realpathSync } from 'node:fs';
import { portablePath, portableText, withinJson } from '../../disk/home-paths.ts';
import type { WritableDb } from '../database.ts';

/** Columns that may contain a path below the data folder. If rows would become equal, the existing one is kept. */
const TEXTS = {
  runs: ['folder', 'base_folder', 'config_given'],
  checkpoints: ['folder'],
  artifacts: ['folder'],
  inputs: ['path'],
  exports: ['folder'],
  datasets: ['source'],
  dataset_versions: ['path'],
  models: ['folder', 'origin'],
  drafts: ['text'],
} as const;
const JSON_TEXTS = {
  runs: ['config', 'summary', 'error', 'paused_because'],
  artifacts: ['detail'],
  inputs: ['detail'],
  exports: ['detail'],
  events: ['detail'],
  dataset_reports: ['report'],
} as const;

/** Sources of the data folder in which a row was written: a path pattern and the query for the paths. */
const WITNESSES = [
  [/^(.+)[\\/]runs[\\/][^\\/]+$/, 'SELECT folder FROM runs ORDER BY number DESC'],
  [
    /^(.+)[\\/]datasets[\\/][0-9a-f]{16}[\\/][^\\/]+$/,
    'SELECT path FROM dataset_versions JOIN datasets ON id = dataset WHERE is_copy = 1',
  ],
  [/^(.+)[\\/]models[\\/][^\\/]+$/, "SELECT folder FROM models WHERE source <> 'linked'"],
] as const;

/** Data folders in which rows were written, that of the newest run first; a store may have been copied. */
function formerHomes(db: WritableDb): readonly string[] {
  return WITNESSES.flatMap(([pattern, sql]) => {
    const paths = db.prepare(sql).pluck().all() as string[];
    return paths.flatMap((path) => pattern.exec(path)?.[1] ?? []);
  });
}

function rewriteColumns(db: WritableDb, columns: Readonly<Record<string, readonly string[]>>, name: string): void {
  for (const [table, names] of Object.entries(columns)) {
    for (const column of names) db.exec(`UPDATE OR IGNORE ${table} SET ${column} = ${name}(${column})`);
  }
}

/** Ensures that folders removed together with a run are in its own folder below this data folder. */
function ownFolders(db: WritableDb): void {
  db.function('own_folder', (id, path) => portablePath('runs', String(id), ...checkpointName(String(path))));
  db.exec("UPDATE runs SET folder = own_folder(id, '')");
  db.exec('UPDATE checkpoints SET folder = own_folder((SELECT id FROM runs WHERE number = run), folder)');
}

function checkpointName(path: string): readonly string[] {
  return path === '' ? [] : [path.split(/[\\/]/).at(-1) ?? ''];
}

function convert(db: WritableDb, home: string): void {
  const former = formerHomes(db);
  const here = realpathSync.native(home);
  const folders = [home, here, ...former];
  const portable = portableText(folders);
  db.function('moved_text', (text) => (typeof text === 'string' ? portable(text) : text));
  const portableJson = withinJson(portable, folders);
  db.function('moved_json', (text) => (typeof text === 'string' ? portableJson(text) : text));
  rewriteColumns(db, TEXTS, 'moved_text');
  rewriteColumns(db, JSON_TEXTS, 'moved_json');
  ownFolders(db);
  // The newest run was created where this store was last used.
  const last = former[0] ?? here;
  if (last !== home && last !== here) db.prepare("INSERT INTO home (id, path) VALUES ('', ?)").run(last);
}

/**
 * Makes paths below the data folder relative to it, based on the data folder in which each row was written, and stores
 * the data folder to which the store belongs. After a copy or a move, everything is found in the current folder, and
 * nothing in the other one is changed.
 */
export const home = {
  version: 15,
  sql: `
    CREATE TABLE home (
      only_row INTEGER PRIMARY KEY DEFAULT 1 CHECK (only_row = 1),
      id TEXT NOT NULL,
      path TEXT NOT NULL
    ) STRICT;
  `,
  convert,
};
