import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, expect, test } from 'vitest';
import type { FromHost } from '../../src-main/desktop/desktop-protocol.ts';
import { startHostChild } from '../../src-main/desktop/host-child.ts';
import { CONFIG, fakeHost, watchAll } from '../runs/fake-host.ts';
import { keel, workplace } from './keel-process.ts';

const DESK = fileURLToPath(new URL('../desktop/fake-desktop.ts', import.meta.url));
let place = workplace();
let run = '';

/** A data folder that has lost its store, with one run. */
beforeEach(async () => {
  place = workplace();
  const host = fakeHost({ steps: 2 }, place.home);
  run = host.start({ config: CONFIG, baseFolder: place.folder }).id;
  await watchAll(host, run);
  await host.close();
  host.setup.store.close();
  rmSync(join(place.home, 'store.sqlite'));
});

test('every shell says that the store is lost and how to mend it, and none makes a new one', async () => {
  const remedy = expect.stringContaining('keel runs repair');
  const listed = await keel(place, ['runs', 'list']).ended;
  expect([listed.code, listed.out, listed.err]).toEqual([1, '', remedy]);
  const served = await keel(place, ['serve', '--json']).ended;
  expect([served.code, served.lines]).toEqual([
    1,
    [{ type: 'error', error: expect.objectContaining({ code: 'store_missing', fix: remedy }) }],
  ]);
  const environment = { ...process.env, KEEL_HOME: place.home, KEEL_FAKE: '{}' };
  const child = startHostChild({ node: process.execPath, entry: DESK, environment });
  const said = await new Promise<FromHost>((resolve) => child.onMessage(resolve));
  expect(said).toMatchObject({ kind: 'failed', error: { code: 'store_missing', fix: remedy } });
  expect(readdirSync(place.home)).not.toContain('store.sqlite');
});

test('repair tells what it did and names what it skipped, in words and as JSON', async () => {
  const bad = join(place.home, 'runs', '20200101-000000-bad');
  mkdirSync(bad);
  writeFileSync(join(bad, 'run.json'), '{"format": 1, "id"');
  const told = await keel(place, ['runs', 'repair']).ended;
  expect([told.code, told.out.trim().split('\n')]).toEqual([
    0,
    [
      'The run store was missing.',
      'There was no intact backup.',
      `Restored 1 run from run folders, without metrics: ${run}`,
      `warning: skipped ${bad}: its run.json is truncated or damaged`,
    ],
  ]);
  const again = await keel(place, ['runs', 'repair', '--json']).ended;
  expect(JSON.parse(again.out)).toMatchObject({ fault: null, rebuiltRuns: [], skipped: [{ folder: bad }] });
  expect(JSON.parse((await keel(place, ['runs', 'list', '--json']).ended).out)).toMatchObject([{ id: run }]);
});
