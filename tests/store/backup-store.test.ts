import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { backUpDaily } from '../../src-main/store/backup-store.ts';
import { openStore } from '../../src-main/store/open-store.ts';
import { listRuns } from '../../src-main/store/queries/runs.ts';
import { moveStoreAside, restoreBackup } from '../../src-main/store/repair-store.ts';
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
