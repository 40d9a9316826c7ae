import { realpathSync } from 'node:fs';
import { portablePath, portableText, withinJson } from '../../disk/home-paths.ts';
import type { WritableDb } from '../database.ts';

/** Columns that may hold a path below the data folder. Of rows that would become equal the one that is there stays. */
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

/** Paths that say which data folder a row was written in, each as a pattern and the paths to look at. */
const WITNESSES = [
  [/^(.+)[\\/]runs[\\/][^\\/]+$/, 'SELECT folder FROM runs ORDER BY number DESC'],
  [
    /^(.+)[\\/]datasets[\\/][0-9a-f]{16}[\\/][^\\/]+$/,
    'SELECT path FROM dataset_versions JOIN datasets ON id = dataset WHERE is_copy = 1',
  ],
  [/^(.+)[\\/]models[\\/][^\\/]+$/, "SELECT folder FROM models WHERE source <> 'linked'"],
] as const;

/** Data folders that rows were written in, that of the newest run first: a store may have been copied with its folder. */
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

/** What Keel removes with a run lies in its own folder below this data folder, whatever the row said. */
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
  // The newest run was made where this store was used last.
  const last = former[0] ?? here;
  if (last !== home && last !== here) db.prepare("INSERT INTO home (id, path) VALUES ('', ?)").run(last);
}

/**
 * Paths below the data folder become relative to it, by the data folder that each row was written in, and the store
 * remembers which data folder it belongs to: after a copy or a move everything is found in the folder at hand, and
 * nothing of the other one is touched.
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
