import { cpSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { backUpDaily } from '../../src-main/store/backup-store.ts';
import { openStore } from '../../src-main/store/open-store.ts';
import { listRuns } from '../../src-main/store/queries/runs.ts';
import { moveStoreAside, restoreBackup, soundBackups } from '../../src-main/store/repair-store.ts';
import { folderHashes } from '../support/folder-hashes.ts';
import { addRun, temporaryFolder } from './temporary-store.ts';

const day = (of: number) => new Date(Date.UTC(2026, 4, of));

test('one copy a day, the two newest stay, and the newest sound one is restored', () => {
  const folder = temporaryFolder();
  const path = join(folder, 'store.sqlite');
  const store = openStore(path);
  addRun(store.write, '20260501-000000-a');
  for (const of of [1, 2, 2]) backUpDaily(store, day(of));
  addRun(store.write, '20260503-000000-b');
  backUpDaily(store, day(3));
  addRun(store.write, '20260504-000000-c');
  backUpDaily(store, day(4));
  expect(readdirSync(join(folder, 'backups'))).toEqual(['store-20260503.sqlite', 'store-20260504.sqlite']);
  store.close();
  expect(moveStoreAside(path, 'x')).toBe(join(folder, 'store-damaged-x'));
  writeFileSync(join(folder, 'backups', 'store-20260504.sqlite'), 'damaged too');
  writeFileSync(join(folder, 'backups', 'older-schema-1.sqlite'), 'and older');
  expect(restoreBackup(path)).toBe(join(folder, 'backups', 'store-20260503.sqlite'));
  const restored = openStore(path);
  expect(listRuns(restored.read).map((run) => run.id)).toEqual(['20260503-000000-b', '20260501-000000-a']);
  restored.close();
});

test('copies of a store that lost its runs never drive out the one that has them, until they know as many', () => {
  const folder = temporaryFolder();
  const path = join(folder, 'store.sqlite');
  const copies = () => readdirSync(join(folder, 'backups')).map((name) => Number(name.slice(12, 14)));
  const store = openStore(path);
  for (const id of ['a', 'b']) addRun(store.write, `20260501-000000-${id}`);
  for (const of of [1, 2]) backUpDaily(store, day(of));
  // Runs that were deleted are no loss: their numbers are not given again.
  store.write.exec('DELETE FROM runs');
  for (const of of [3, 4]) backUpDaily(store, day(of));
  expect(copies()).toEqual([3, 4]);
  store.close();
  moveStoreAside(path, 'x');
  const anew = openStore(path);
  for (const of of [5, 6, 7, 8]) backUpDaily(anew, day(of));
  expect(copies()).toEqual([4, 7, 8]);
  for (const id of ['c', 'd']) addRun(anew.write, `20260508-000000-${id}`);
  for (const of of [9, 10]) backUpDaily(anew, day(of));
  expect(copies()).toEqual([9, 10]);
  anew.close();
});

test('the backup that knows the most runs comes first, then the newest; looking at them changes none', () => {
  const folder = temporaryFolder();
  const path = join(folder, 'store.sqlite');
  const store = openStore(path);
  backUpDaily(store, day(1));
  addRun(store.write);
  for (const of of [2, 3]) backUpDaily(store, day(of));
  store.close();
  const backups = join(folder, 'backups');
  const names = [
    'older-schema-9.sqlite',
    'older-schema-14.sqlite',
    'older-schema-14-2.sqlite',
    'store-20260504.sqlite',
  ];
  for (const name of names.slice(0, 3)) cpSync(join(backups, 'store-20260502.sqlite'), join(backups, name));
  openStore(join(backups, names[3] ?? '')).close();
  const before = folderHashes(backups);
  expect(soundBackups(path).map((file) => basename(file))).toEqual([
    'store-20260503.sqlite',
    'store-20260502.sqlite',
    'older-schema-14-2.sqlite',
    'older-schema-14.sqlite',
    'older-schema-9.sqlite',
    'store-20260504.sqlite',
  ]);
  expect(folderHashes(backups)).toEqual(before);
});
