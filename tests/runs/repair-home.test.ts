import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repairHome } from '../../src-main/runs/repair-home.ts';
import { listCheckpoints } from '../../src-main/store/queries/checkpoints.ts';
import { readSeries } from '../../src-main/store/queries/metrics.ts';
import { CONFIG, fakeHost, temporaryHome, watchAll } from './fake-host.ts';

test('a damaged store is moved aside whole, and its runs are built again and can be resumed', async () => {
  const home = temporaryHome();
  const host = fakeHost({ steps: 6, at: 5, fault: 'kill' }, home);
  const run = host.start({ config: CONFIG, baseFolder: home });
  await watchAll(host, run.id);
  host.setup.store.close();
  const path = join(home, 'store.sqlite');
  writeFileSync(path, 'no database at all');
  writeFileSync(`${path}-wal`, 'of the same kind');
  const repair = repairHome(home, Date.UTC(2026, 0, 2, 3, 4, 5));
  expect(repair).toEqual({
    asideFolder: join(home, 'store-damaged-20260102030405'),
    restoredFrom: null,
    rebuiltRuns: [run.id],
  });
  expect(readdirSync(repair.asideFolder ?? '').sort()).toEqual(['store.sqlite', 'store.sqlite-wal']);
  const next = fakeHost({ steps: 6 }, home);
  expect(next.find(run.id)).toMatchObject({ state: 'interrupted', recipe: 'sft', name: 'tiny' });
  expect(listCheckpoints(next.setup.store.read, run.number).map((row) => row.step)).toEqual([2, 4]);
  next.resume(run.id);
  expect((await watchAll(next, run.id)).at(-1)?.run.state).toBe('finished');
  expect(readSeries(next.setup.store.read, run.number, 'loss').map((row) => row.step)).toEqual([5, 6]);
});

test('a sound store stays in its place', async () => {
  const home = temporaryHome();
  const host = fakeHost({ steps: 2 }, home);
  const run = host.start({ config: CONFIG, baseFolder: home });
  await watchAll(host, run.id);
  host.setup.store.close();
  expect(repairHome(home, 1)).toEqual({ asideFolder: null, restoredFrom: null, rebuiltRuns: [] });
  expect(existsSync(join(home, 'host.json'))).toBe(false);
});
