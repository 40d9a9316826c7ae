import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { emptyTrash, purgeExpired, trashEntries } from '../../../src-main/runs/archive/trash.ts';
import { listRuns } from '../../../src-main/store/queries/runs.ts';
import { CONFIG, fakeHost, temporaryHome, watchAll } from '../fake-host.ts';

const DAY = 86_400_000;
const request = { config: CONFIG, baseFolder: process.cwd() };

async function finished(host: ReturnType<typeof fakeHost>, name = 'tiny') {
  const run = host.start({ ...request, name });
  await watchAll(host, run.id);
  return host.find(run.id);
}

test('a removed run leaves the list, keeps its folder, says where it is, and comes back as it was', async () => {
  const host = fakeHost({ steps: 2 });
  const { store } = host.setup;
  const run = await finished(host);
  const removal = host.remove(run.id);
  expect(removal).toMatchObject({ removed: [run.id], isRestorable: true });
  expect(removal.bytes).toBeGreaterThan(100);
  expect(listRuns(store.read)).toEqual([]);
  expect(existsSync(run.folder)).toBe(true);
  expect(() => host.find(run.id)).toThrow(
    expect.objectContaining({ code: 'run_removed', fix: expect.stringContaining(`keel runs restore ${run.id}`) }),
  );
  expect(() => host.resume(run.id)).toThrow(expect.objectContaining({ code: 'run_removed' }));
  const [entry] = trashEntries(host.setup);
  expect(entry).toMatchObject({ run: { id: run.id }, stages: [], bytes: removal.bytes });
  expect(entry?.purgeAt).toBe((entry?.removedAt ?? 0) + 30 * DAY);
  expect(host.restore(run.id)).toEqual(run);
  expect([listRuns(store.read).length, trashEntries(host.setup)]).toEqual([1, []]);
  expect(() => host.restore(run.id)).toThrow(expect.objectContaining({ code: 'run_unknown' }));
});

test('a pipeline goes with its stages and comes back with them', async () => {
  const stages = 'stages: { sft: { model: some/model, data: { files: [data.jsonl] } } }\n';
  const host = fakeHost({ steps: 1 });
  const { read } = host.setup.store;
  const pipeline = host.start({ ...request, config: `recipe: pipeline\nname: two\n${stages}` });
  await watchAll(host, pipeline.id);
  const before = listRuns(read).map(({ id }) => id);
  expect(before).toHaveLength(2);
  expect(host.remove(pipeline.id).removed).toHaveLength(2);
  expect(listRuns(read)).toEqual([]);
  host.restore(pipeline.id);
  expect(listRuns(read).map(({ id }) => id)).toEqual(before);
});

test('with `now` it is gone with its folder, from the list or from the trash; a run of the list is meant by latest', async () => {
  const host = fakeHost({ steps: 1 });
  const [first, second, third] = [await finished(host, 'a'), await finished(host, 'b'), await finished(host, 'c')];
  host.remove(second.id);
  expect(host.remove('latest', { now: true })).toMatchObject({ removed: [third.id], isRestorable: false });
  expect(host.remove(second.id, { now: true })).toMatchObject({ removed: [second.id], isRestorable: false });
  expect([first, second, third].map(({ folder }) => existsSync(folder))).toEqual([true, false, false]);
  host.remove(first.id);
  expect(emptyTrash(host.setup)).toMatchObject({ removed: [first.id] });
  expect(existsSync(first.folder)).toBe(false);
});

test('what is too old goes, but only when a run was made that late as well: a clock may be wrong', async () => {
  const host = fakeHost({ steps: 1 }, temporaryHome());
  const { store } = host.setup;
  const run = await finished(host, 'old');
  host.remove(run.id);
  const later = Date.now() + 31 * DAY;
  expect(purgeExpired(host.setup, later).removed).toEqual([]);
  const newer = await finished(host, 'new');
  store.write.prepare('UPDATE runs SET created_at = ? WHERE id = ?').run(later, newer.id);
  expect(purgeExpired(host.setup, later - 2 * DAY).removed).toEqual([]);
  expect(purgeExpired(host.setup, later).removed).toEqual([run.id]);
  expect(existsSync(run.folder)).toBe(false);
});

test('beyond its budget the oldest go; the newest stays, however large', async () => {
  const host = fakeHost({ steps: 1 });
  const { store } = host.setup;
  const [first, second] = [await finished(host, 'a'), await finished(host, 'b')];
  for (const { id } of [first, second]) host.remove(id);
  store.write.prepare('UPDATE trash SET removed_at = run').run();
  expect(purgeExpired(host.setup, 0, 10).removed).toEqual([first.id]);
  expect(trashEntries(host.setup).map(({ run }) => run.id)).toEqual([second.id]);
});
