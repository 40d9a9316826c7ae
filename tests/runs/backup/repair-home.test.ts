import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LEDGER_FILE } from '#contract/run-events.ts';
import { describeRun } from '../../../src-main/api/describe-run.ts';
import { type Repair, repairHome } from '../../../src-main/runs/backup/repair-home.ts';
import { backUpDaily } from '../../../src-main/store/backup-store.ts';
import { openStore } from '../../../src-main/store/open-store.ts';
import { listCheckpoints } from '../../../src-main/store/queries/checkpoints.ts';
import { readEventsNamed } from '../../../src-main/store/queries/events.ts';
import { listArtifacts, listInputs } from '../../../src-main/store/queries/lineage.ts';
import { readSeries } from '../../../src-main/store/queries/metrics.ts';
import { listRuns, readConfig } from '../../../src-main/store/queries/runs.ts';
import { folderHashes } from '../../support/folder-hashes.ts';
import { type Behavior, CONFIG, fakeHost, temporaryHome, watchAll } from '../fake-host.ts';

const AT = Date.UTC(2026, 0, 2, 3, 4, 5);
const HALF = { steps: 6, at: 5, fault: 'kill' };
const NOTHING: Repair = {
  fault: null,
  asideFolder: null,
  restoredFrom: null,
  merged: [],
  rebuiltRuns: [],
  skipped: [],
  withoutFolder: [],
};

/** Runs something in a data folder that nobody owns before or after; with `day` the store is backed up then. */
async function runIn(home: string, behavior: Behavior, config = CONFIG, day?: number) {
  const host = fakeHost(behavior, home);
  const run = host.start({ config, baseFolder: home });
  await watchAll(host, run.id);
  await host.close();
  if (day !== undefined) backUpDaily(host.setup.store, new Date(Date.UTC(2026, 0, day)));
  host.setup.store.close();
  return run;
}
const store = (home: string) => join(home, 'store.sqlite');
const backup = (home: string, day: number) => join(home, 'backups', `store-2026010${day}.sqlite`);
const ids = (home: string) => {
  const opened = openStore(store(home));
  const listed = listRuns(opened.read).map(({ id }) => id);
  opened.close();
  return listed.sort();
};

/** What the engine keeps in the folder of a run. */
const LEDGER = {
  files: [{ role: 'data', path: '/data/a.jsonl', rows: 9 }],
  ...{ read: 9, training: 7, heldOut: 1, notices: [], limit: null, trained: 60 },
  leftOut: [{ reason: 'exact_repeat', rows: 1, places: [{ file: '/data/a.jsonl', line: 3 }] }],
};

test('a damaged store is moved aside whole, and its runs are built again and can be resumed', async () => {
  const home = temporaryHome();
  const run = await runIn(home, HALF);
  writeFileSync(join(run.folder, LEDGER_FILE), JSON.stringify(LEDGER));
  writeFileSync(store(home), 'no database at all');
  writeFileSync(`${store(home)}-wal`, 'of the same kind');
  const repair = repairHome(home, AT);
  const asideFolder = join(home, 'store-damaged-20260102030405');
  expect(repair).toEqual({ ...NOTHING, fault: 'store_corrupted', asideFolder, rebuiltRuns: [run.id] });
  expect(readdirSync(asideFolder).sort()).toEqual(['store.sqlite', 'store.sqlite-wal']);
  const next = fakeHost({ steps: 6 }, home);
  expect(next.find(run.id)).toMatchObject({ state: 'interrupted', recipe: 'sft', name: 'tiny' });
  expect(listCheckpoints(next.setup.store.read, run.number).map((row) => row.step)).toEqual([2, 4]);
  expect(describeRun(next.setup.store.read, next.find(run.id)).ledger).toEqual(LEDGER);
  next.resume(run.id);
  expect((await watchAll(next, run.id)).at(-1)?.run.state).toBe('finished');
  expect(readSeries(next.setup.store.read, run.number, 'loss').map((row) => row.step)).toEqual([5, 6]);
});

test('a sound store stays in its place', async () => {
  const home = temporaryHome();
  await runIn(home, { steps: 2 });
  expect(repairHome(home, 1)).toEqual(NOTHING);
  expect(existsSync(join(home, 'host.json'))).toBe(false);
});

describe('a lost store', () => {
  test.each([
    ['missing', (home: string) => rmSync(store(home))],
    [
      'made anew by another Keel',
      (home: string) => {
        rmSync(store(home));
        openStore(store(home), { isRepair: true }).close();
      },
    ],
  ])('that is %s beside run folders is refused, and nothing changes', async (_, lose) => {
    const home = temporaryHome();
    await runIn(home, { steps: 2 });
    lose(home);
    const before = folderHashes(home);
    const lost = {
      code: 'store_missing',
      why: expect.stringContaining('1 run folder'),
      fix: expect.stringContaining('keel runs repair'),
    };
    expect(() => openStore(store(home))).toThrow(expect.objectContaining(lost));
    expect(folderHashes(home)).toEqual(before);
    expect(repairHome(home, AT)).toMatchObject({ fault: 'store_missing', rebuiltRuns: [expect.any(String)] });
    expect(ids(home)).toHaveLength(1);
  });

  test('is no loss where every run was deleted, or none was ever made', async () => {
    const home = temporaryHome();
    mkdirSync(join(home, 'runs', '.20260101-000000-a.removed'), { recursive: true });
    const run = await runIn(home, { steps: 1 });
    const host = fakeHost({}, home);
    host.remove(run.id, { now: true });
    host.setup.store.close();
    // A host that died while it removed the folder has left it.
    mkdirSync(run.folder);
    writeFileSync(join(run.folder, 'run.json'), '{}');
    expect(ids(home)).toEqual([]);
  });

  test('comes back from the newest backup, in line with the folders, which went on; the rest from the folders', async () => {
    const home = temporaryHome();
    const old = await runIn(home, { steps: 2 });
    const half = await runIn(home, HALF, CONFIG.replace('tiny', 'half'), 1);
    const host = fakeHost({ steps: 6 }, home);
    host.resume(half.id);
    await watchAll(host, half.id);
    host.setup.store.close();
    const late = await runIn(home, { steps: 2 }, CONFIG.replace('some/model', `run:${half.id}/policy`));
    rmSync(store(home));
    expect(repairHome(home, AT)).toEqual({
      ...NOTHING,
      fault: 'store_missing',
      restoredFrom: backup(home, 1),
      rebuiltRuns: [late.id],
    });
    const next = fakeHost({}, home);
    const { read } = next.setup.store;
    expect(next.find(old.id).state).toBe('finished');
    expect(next.find(half.id)).toMatchObject({ state: 'finished', summary: { steps: 6 } });
    expect(readSeries(read, half.number, 'loss').map(({ step }) => step)).toEqual([1, 2, 3, 4]);
    const checkpoints = listCheckpoints(read, half.number).filter((one) => one.removedBecause === null);
    expect(checkpoints.map(({ step }) => step)).toEqual([2, 4, 6]);
    expect(checkpoints.every(({ folder }) => existsSync(folder))).toBe(true);
    expect(next.find(late.id)).toMatchObject({ state: 'finished', summary: { steps: 2 } });
  });

  test('takes the rows of a run from an older backup where the newer one was made after the loss', async () => {
    const home = temporaryHome();
    const runs = [await runIn(home, { steps: 2 }), await runIn(home, { steps: 2 }, CONFIG.replace('tiny', 'two'), 1)];
    rmSync(store(home));
    openStore(store(home), { isRepair: true }).close();
    const aside = join(home, 'aside');
    cpSync(join(home, 'runs'), aside, { recursive: true });
    rmSync(join(home, 'runs'), { recursive: true });
    const new_ = await runIn(home, { steps: 3 }, CONFIG.replace('tiny', 'new'), 2);
    cpSync(aside, join(home, 'runs'), { recursive: true });
    rmSync(store(home));
    expect(repairHome(home, AT)).toEqual({
      ...NOTHING,
      fault: 'store_missing',
      restoredFrom: backup(home, 1),
      merged: [{ backup: backup(home, 2), runs: [new_.id] }],
    });
    const next = fakeHost({}, home);
    for (const { id } of [...runs, new_])
      expect(readSeries(next.setup.store.read, next.find(id).number, 'loss').length).toBeGreaterThan(1);
  });

  test('names runs of the backup whose folders are gone, and takes a stage whose pipeline is', async () => {
    const home = temporaryHome();
    const stages = 'stages: { sft: { model: some/model, data: { files: [data.jsonl] } } }\n';
    const pipeline = await runIn(home, { steps: 2 }, `recipe: pipeline\nname: two\n${stages}`, 1);
    const stage = readdirSync(join(home, 'runs')).find((name) => name !== pipeline.id) ?? '';
    rmSync(store(home));
    renameSync(join(home, 'runs'), join(home, 'aside'));
    for (const name of ['a', 'b']) await runIn(home, { steps: 1 }, CONFIG.replace('tiny', name));
    const gone = await runIn(home, { steps: 1 }, CONFIG.replace('tiny', 'gone'), 2);
    renameSync(join(home, 'aside', stage), join(home, 'runs', stage));
    rmSync(gone.folder, { recursive: true });
    rmSync(store(home));
    expect(repairHome(home, AT)).toEqual({
      ...NOTHING,
      fault: 'store_missing',
      restoredFrom: backup(home, 2),
      merged: [{ backup: backup(home, 1), runs: [stage] }],
      withoutFolder: [gone.id],
    });
    const next = fakeHost({}, home);
    expect(next.find(stage)).toMatchObject({ state: 'finished', parent: null, stage: 'sft' });
    expect(readSeries(next.setup.store.read, next.find(stage).number, 'loss')).toHaveLength(2);
    expect(readdirSync(home).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('is built again although folders are damaged: each is named, and stays as it is', async () => {
    const home = temporaryHome();
    const good = await runIn(home, { steps: 2 });
    const runs = join(home, 'runs');
    const bad = (name: string, damage: (folder: string) => void) => {
      cpSync(good.folder, join(runs, name), { recursive: true });
      damage(join(runs, name));
      return join(runs, name);
    };
    const folders = [
      bad('20200101-000000-cut', (folder) => truncateSync(join(folder, 'run.json'), 50)),
      bad('20200101-000000-less', (folder) => writeFileSync(join(folder, 'run.json'), '{"format":1}')),
      bad('20200101-000000-none', (folder) => rmSync(join(folder, 'run.json'))),
      bad('20200101-000000-other', () => undefined),
      bad('20200101-000000-yaml', (folder) => {
        const text = readFileSync(join(folder, 'run.json'), 'utf8').replaceAll(good.id, '20200101-000000-yaml');
        writeFileSync(join(folder, 'run.json'), text);
        writeFileSync(join(folder, 'config.yaml'), 'model: [');
      }),
    ];
    const before = folders.map(folderHashes);
    rmSync(store(home));
    const { skipped, rebuiltRuns } = repairHome(home, AT);
    expect(rebuiltRuns).toEqual([good.id]);
    expect(skipped).toEqual([
      { folder: folders[0], why: 'its run.json is truncated or damaged' },
      { folder: folders[1], why: 'its run.json is truncated or damaged' },
      { folder: folders[2], why: 'it has no run.json' },
      { folder: folders[3], why: `its run.json belongs to the run ${good.id}` },
      { folder: folders[4], why: 'its config.yaml is missing or damaged' },
    ]);
    expect(folders.map(folderHashes)).toEqual(before);
    expect(ids(home)).toEqual([good.id]);
  });

  test('of a data folder that was moved finds data, models and checkpoints where they are now', async () => {
    const former = temporaryHome();
    const config = CONFIG.replace('some/model', `${former}/models/gpt`).replace(
      'data.jsonl',
      `${former}/datasets/a.jsonl`,
    );
    const run = await runIn(former, HALF, config);
    const policy = join(run.folder, 'artifacts', 'policy@best');
    mkdirSync(policy, { recursive: true });
    writeFileSync(join(policy, 'config.json'), '{}');
    writeFileSync(join(policy, 'keel.json'), JSON.stringify({ runId: run.id, kind: 'policy', tag: 'best', step: 4 }));
    truncateSync(join(run.folder, 'checkpoint-00000004', 'manifest.json'), 20);
    const child = await runIn(former, { steps: 1 }, CONFIG.replace('tiny', 'child'));
    const childConfig = join(child.folder, 'config.yaml');
    writeFileSync(childConfig, readFileSync(childConfig, 'utf8').replace('some/model', `run:${run.id}/policy`));
    rmSync(store(former));
    const home = temporaryHome();
    cpSync(former, home, { recursive: true });
    rmSync(former, { recursive: true });
    repairHome(home, AT);
    const { read } = fakeHost({}, home).setup.store;
    const [built, heir] = listRuns(read).toReversed();
    if (!built || !heir) throw new Error('runs are missing');
    const { resolved, given } = readConfig(read, built.number);
    expect(built).toMatchObject({ baseFolder: home, folder: join(home, 'runs', run.id) });
    expect(resolved).toMatchObject({ model: `${home}/models/gpt`, data: { files: [`${home}/datasets/a.jsonl`] } });
    expect(given).toContain(`${home}/models/gpt`);
    expect(listCheckpoints(read, built.number).map(({ folder }) => folder)).toEqual([
      join(home, 'runs', run.id, 'checkpoint-00000002'),
    ]);
    expect(readEventsNamed(read, built.number, 'checkpoint_rejected')).toMatchObject([{ step: 4 }]);
    expect(listArtifacts(read, built.number)).toEqual([
      {
        kind: 'policy',
        tag: 'best',
        folder: join(home, 'runs', run.id, 'artifacts', 'policy@best'),
        detail: { step: 4 },
      },
    ]);
    expect(listInputs(read, heir.number)).toMatchObject([{ role: 'model', sourceRun: run.id }]);
  });
});
