import { mkdirSync, mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openWriter, type WritableDb } from '../../../src-main/store/database.ts';
import { migrate } from '../../../src-main/store/migrate.ts';
import { MIGRATIONS } from '../../../src-main/store/migrations/all.ts';
import { added } from './schema-at.ts';

const HASH = '0123456789abcdef';

/** A run as a Keel of schema 14 has written it in a data folder, with one of everything that names a file. */
function addOldRun(db: WritableDb, home: string, id: string): void {
  const folder = `${home}/runs/${id}`;
  const config = JSON.stringify({ model: `${home}/models/gpt`, data: { files: [`${home}/datasets/${HASH}/a.jsonl`] } });
  db.prepare(
    `INSERT INTO runs (id, name, recipe, state, config_given, config, device, folder, base_folder, created_at)
     VALUES (?, 'a', 'sft', 'finished', ?, ?, 'default', ?, ?, 5)`,
  ).run(id, `model: ${home}/models/gpt`, config, folder, home);
  const run = db.prepare('SELECT number FROM runs WHERE id = ?').pluck().get(id);
  db.prepare("INSERT INTO checkpoints VALUES (?, 2, ?, 'h', 1, 0, 1, 1, NULL, NULL, NULL)").run(
    run,
    `${folder}/checkpoint-00000002`,
  );
  db.prepare("INSERT INTO artifacts VALUES (?, 'policy', 'last', ?, '{}', 1)").run(run, `${folder}/artifacts/policy`);
  db.prepare("INSERT INTO inputs VALUES (?, 'data', ?, 'sha256:a', 1, 1, NULL, '{}')").run(
    run,
    `${home}/datasets/${HASH}/a.jsonl`,
  );
  db.prepare("INSERT INTO events VALUES (?, 1, 1, 1, 'info', 'checkpoint_removed', ?, NULL)").run(
    run,
    JSON.stringify({ folder: `${folder}/checkpoint-00000001` }),
  );
}

function storeOf(home: string, ...writtenIn: readonly string[]): WritableDb {
  const db = openWriter(join(home, 'store.sqlite'), home);
  migrate(db, { migrations: MIGRATIONS.slice(0, 14), home });
  for (const [index, one] of writtenIn.entries()) addOldRun(db, one, `20260101-00000${index}-a`);
  return db;
}

const temporary = () => realpathSync(mkdtempSync(join(tmpdir(), 'keel-migration-')));
const all = (db: WritableDb, sql: string) => db.prepare(sql).pluck().all() as string[];
const upgrade = (db: WritableDb, home: string) => migrate(db, { migrations: MIGRATIONS.slice(0, 15), home });

test('adds its table; a file that is no data folder keeps its paths', () => {
  expect(added(15)).toEqual(['home']);
  const home = temporary();
  const db = storeOf(home, '/elsewhere');
  migrate(db, { migrations: MIGRATIONS.slice(0, 15), home: null });
  expect(all(db, 'SELECT folder FROM runs')).toEqual(['/elsewhere/runs/20260101-000000-a']);
});

test('every path below the data folder becomes relative to it', () => {
  const home = temporary();
  const db = storeOf(home, home);
  upgrade(db, home);
  const id = '20260101-000000-a';
  expect(all(db, 'SELECT folder FROM runs')).toEqual([`keel-home:/runs/${id}`]);
  expect(all(db, 'SELECT base_folder FROM runs')).toEqual(['keel-home:']);
  expect(all(db, 'SELECT config_given FROM runs')).toEqual(['model: keel-home:/models/gpt']);
  expect(all(db, 'SELECT config FROM runs').map((text) => JSON.parse(text))).toEqual([
    { model: 'keel-home:/models/gpt', data: { files: [`keel-home:/datasets/${HASH}/a.jsonl`] } },
  ]);
  expect(all(db, 'SELECT folder FROM checkpoints')).toEqual([`keel-home:/runs/${id}/checkpoint-00000002`]);
  expect(all(db, 'SELECT folder FROM artifacts')).toEqual([`keel-home:/runs/${id}/artifacts/policy`]);
  expect(all(db, 'SELECT path FROM inputs')).toEqual([`keel-home:/datasets/${HASH}/a.jsonl`]);
  expect(all(db, "SELECT detail ->> 'folder' FROM events")).toEqual([`keel-home:/runs/${id}/checkpoint-00000001`]);
  expect(all(db, 'SELECT path FROM home')).toEqual([]);
});

test('a store that was copied before the upgrade points at nothing of the original any more', () => {
  const [home, original] = [temporary(), temporary()];
  const db = storeOf(home, original, home, original);
  upgrade(db, home);
  const texts = ['runs.folder', 'runs.config', 'runs.base_folder', 'checkpoints.folder', 'artifacts.folder'];
  for (const text of [...texts, 'inputs.path', 'events.detail', 'runs.config_given']) {
    const [table, column] = text.split('.');
    expect(all(db, `SELECT ${column} FROM ${table}`).filter((one) => one.includes(original))).toEqual([]);
  }
  expect(all(db, 'SELECT folder FROM runs').sort()).toEqual(
    [0, 1, 2].map((index) => `keel-home:/runs/20260101-00000${index}-a`),
  );
  // The newest run was made in the original, so that the first start can say where the copy comes from.
  expect(all(db, 'SELECT path FROM home')).toEqual([original]);
});

test('what Keel would remove lies below this data folder, whatever the row says', () => {
  const home = temporary();
  const db = storeOf(home, home);
  db.exec("UPDATE runs SET folder = '/home/someone'");
  db.exec("UPDATE checkpoints SET folder = '/home/someone/thesis'");
  upgrade(db, home);
  expect(all(db, 'SELECT folder FROM runs')).toEqual(['keel-home:/runs/20260101-000000-a']);
  expect(all(db, 'SELECT folder FROM checkpoints')).toEqual(['keel-home:/runs/20260101-000000-a/thesis']);
});

test('library rows of both folders may become equal: none is lost, and paths elsewhere stay', () => {
  const [home, original] = [temporary(), temporary()];
  mkdirSync(join(home, 'models'));
  const db = storeOf(home, original);
  const insert = db.prepare("INSERT INTO models (name, folder, source, kind, added_at) VALUES ('m', ?, ?, 'model', 1)");
  insert.run(`${original}/models/gpt`, 'copied');
  insert.run(`${home}/models/gpt`, 'copied');
  insert.run('/mnt/models/gpt', 'linked');
  upgrade(db, home);
  expect(all(db, 'SELECT folder FROM models ORDER BY id')).toEqual([
    'keel-home:/models/gpt',
    `${home}/models/gpt`,
    '/mnt/models/gpt',
  ]);
});
