import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Behavior, CONFIG, fakeHost, watchAll } from '../runs/fake-host.ts';
import { folderHashes } from '../support/folder-hashes.ts';
import { keel, workplace } from './keel-process.ts';

type Place = ReturnType<typeof workplace>;

async function json(place: Place, ...args: readonly string[]) {
  const ended = await keel(place, [...args, '--json']).ended;
  expect([ended.code, ended.err]).toEqual([0, expect.anything()]);
  return JSON.parse(ended.out);
}

/** A data folder with one run for each behavior, finished or cut short, and nobody at work in it. */
async function homeWith(behaviors: readonly Behavior[]) {
  const place = workplace();
  const ids: string[] = [];
  for (const behavior of behaviors) {
    const host = fakeHost(behavior, place.home);
    const run = host.start({ config: CONFIG, baseFolder: place.folder });
    await watchAll(host, run.id);
    ids.push(run.id);
    await host.close();
    host.setup.store.close();
  }
  return { place, ids };
}

const HALF = { steps: 6, at: 5, fault: 'kill' };

/** The data folder as `cp -r` copies it. */
function copied(place: Place): Place {
  const copy = { ...place, home: join(place.folder, 'copy') };
  expect(spawnSync('cp', ['-r', place.home, copy.home]).status).toBe(0);
  return copy;
}

test('a copy deletes and empties its trash without touching a file of the original', async () => {
  const { place: original, ids } = await homeWith([{ steps: 2 }, { steps: 2 }, { steps: 2 }]);
  const [first = '', second = '', third = ''] = ids;
  await keel(original, ['runs', 'delete', second]).ended;
  const copy = copied(original);
  await keel(original, ['runs', 'restore', second]).ended;
  const before = folderHashes(original.home);
  const told = await keel(copy, ['runs', 'delete', first, '--now']).ended;
  const emptied = await keel(copy, ['runs', 'trash', '--empty']).ended;
  expect(folderHashes(original.home)).toEqual(before);
  expect([told.code, told.err]).toEqual([0, expect.stringContaining(`is a copy of ${original.home}`)]);
  expect([emptied.code, emptied.out, emptied.err]).toEqual([0, expect.stringContaining(second), '']);
  expect(readdirSync(join(copy.home, 'runs'))).toEqual([third]);
});

test('a copy resumes without touching a file of the original, which resumes after it', async () => {
  const { place: original, ids } = await homeWith([HALF]);
  const [id = ''] = ids;
  const copy = copied(original);
  const before = folderHashes(original.home);
  const resumed = await keel(copy, ['resume', id, '--json'], { steps: 6 }).ended;
  expect(folderHashes(original.home)).toEqual(before);
  expect(resumed.lines.at(-1)).toMatchObject({ state: 'finished', folder: join(copy.home, 'runs', id) });
  expect(existsSync(join(copy.home, 'runs', id, 'checkpoint-00000006', 'manifest.json'))).toBe(true);
  const own = await keel(original, ['resume', id, '--json'], { steps: 6 }).ended;
  expect(own.lines.at(-1)).toMatchObject({ state: 'finished', folder: join(original.home, 'runs', id) });
});

test('opening a copy does not end an engine of the original, which is still at work', async () => {
  const original = workplace();
  const run = keel(original, ['run', 'tiny.yaml', '--json'], { steps: 40_000, stepMilliseconds: 15 });
  await run.seen('"step":20');
  const copy = copied(original);
  expect((await json(copy, 'runs', 'list'))[0]).toMatchObject({ state: 'interrupted' });
  await run.seen('"step":60');
  run.child.kill('SIGINT');
  expect((await run.ended).lines.at(-1)).toMatchObject({ type: 'summary', state: 'stopped' });
});

test('a data folder that was moved shows, resumes and deletes its runs where they are now', async () => {
  const { place, ids } = await homeWith([HALF]);
  const [id = ''] = ids;
  const moved = { ...place, home: join(place.folder, 'moved') };
  renameSync(place.home, moved.home);
  const listed = await keel(moved, ['runs', 'list']).ended;
  const shown = await json(moved, 'runs', 'show', id);
  const folders = [shown.folder, ...shown.checkpoints.map(({ folder }: { folder: string }) => folder)];
  expect(folders).toEqual(
    ['', '/checkpoint-00000002', '/checkpoint-00000004'].map((end) => join(moved.home, 'runs', id) + end),
  );
  const resumed = await keel(moved, ['resume', id, '--json'], { steps: 6 }).ended;
  expect([resumed.lines.at(-1)?.state, resumed.err]).toEqual(['finished', '']);
  expect(resumed.out).not.toContain('resume_mismatch');
  await keel(moved, ['runs', 'delete', id, '--now']).ended;
  expect(readdirSync(join(moved.home, 'runs'))).toEqual([]);
  expect(existsSync(place.home)).toBe(false);
  expect(listed.err).toContain(`moved from ${place.home} to ${moved.home}`);
});

test('a copy whose run folder is a link into the original neither removes nor continues what it leads to', async () => {
  const { place: original, ids } = await homeWith([HALF]);
  const [id = ''] = ids;
  const copy = copied(original);
  const folder = join(copy.home, 'runs', id);
  renameSync(folder, `${folder}.aside`);
  symlinkSync(join(original.home, 'runs', id), folder);
  const before = folderHashes(original.home);
  const resumed = await keel(copy, ['resume', id, '--json'], { steps: 6 }).ended;
  await keel(copy, ['runs', 'delete', id, '--now']).ended;
  expect(folderHashes(original.home)).toEqual(before);
  expect(resumed.lines.at(-1)).toMatchObject({ type: 'error', error: { code: 'run_folder_foreign' } });
});
