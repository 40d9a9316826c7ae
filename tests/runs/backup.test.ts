import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { backUpRun } from '../../src-main/runs/backup/backup-run.ts';
import { openBackup } from '../../src-main/runs/backup/open-backup.ts';
import type { WorkDesk } from '../../src-main/runs/host/background-job.ts';
import type { RunHost } from '../../src-main/runs/host/run-host.ts';
import { listCheckpoints } from '../../src-main/store/queries/checkpoints.ts';
import { readEvents } from '../../src-main/store/queries/events.ts';
import { listArtifacts, listInputs } from '../../src-main/store/queries/lineage.ts';
import { readSeries } from '../../src-main/store/queries/metrics.ts';
import { listStages, readConfig } from '../../src-main/store/queries/runs.ts';
import { CONFIG, fakeHost, temporaryHome, watchAll } from './fake-host.ts';

const desk: WorkDesk = { progress: () => undefined, log: () => undefined, check: () => undefined };
const place = (name = 'saved.keelrun') => join(mkdtempSync(join(tmpdir(), 'keel-backup-')), name);
const losses = ({ setup: { store } }: RunHost, number: number) =>
  readSeries(store.read, number, 'loss').map(({ step, value, sequence }) => [step, value, sequence]);

async function runOf(host: RunHost, config = CONFIG) {
  const run = host.start({ config, baseFolder: host.setup.home });
  await watchAll(host, run.id);
  return host.find(run.id);
}

const save = (host: RunHost, id: string, out: string) => backUpRun(host.setup.store, host.find(id), out, 1, desk);
const open = (host: RunHost, file: string, baseFolder: string | null = null, mayRead = (_: string) => true) =>
  openBackup(host.setup.store, host.setup.home, { file, baseFolder, mayRead }, desk);

describe('a run that is moved to another data folder', () => {
  test('has its rows, files and lineage there, with the paths of that folder, and goes on', async () => {
    const from = fakeHost({ steps: 6, at: 5, fault: 'kill' });
    const run = await runOf(from);
    expect(run.state).toBe('interrupted');
    const out = place();
    const saved = await save(from, run.id, out);
    expect(saved).toMatchObject({ folder: out, runs: [run.id] });

    const to = fakeHost({ steps: 6 });
    to.setup.store.write.exec("INSERT INTO metric_keys (key) VALUES ('shifts the others')");
    const before = await runOf(to, CONFIG.replace('tiny', 'other'));
    const opened = await open(to, out);
    expect(opened).toMatchObject({ run: run.id, opened: [{ from: run.id, to: run.id }], known: [] });
    const moved = to.find(run.id);
    const folder = join(to.setup.home, 'runs', run.id);
    expect(moved).toEqual({ ...run, number: moved.number, folder });
    expect(moved.number).not.toBe(before.number);
    expect(losses(to, moved.number)).toEqual(losses(from, run.number));
    const { read } = to.setup.store;
    expect(listCheckpoints(read, moved.number).map((one) => [one.folder, existsSync(one.folder)])).toEqual([
      [join(folder, 'checkpoint-00000002'), true],
      [join(folder, 'checkpoint-00000004'), true],
    ]);
    expect(readEvents(read, moved.number)).toEqual(readEvents(from.setup.store.read, run.number));
    expect(JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'))).toMatchObject({ id: run.id, folder });
    to.resume(run.id);
    expect((await watchAll(to, run.id)).at(-1)?.run.state).toBe('finished');
    expect(losses(to, moved.number).map(([step, value]) => [step, value])).toEqual(
      [1, 2, 3, 4, 5, 6].map((step) => [step, 1 / step]),
    );
    expect(readEvents(read, moved.number).map(({ name }) => name)).not.toContain('resume_mismatch');
    expect(losses(to, before.number)).toHaveLength(6);
    // Every table that names a metric does so by ids of the new store.
    const strays = `SELECT count(*) FROM metric_buckets WHERE (run, key) NOT IN (SELECT run, key FROM metrics)`;
    expect(read.prepare(strays).pluck().get()).toBe(0);
    expect(read.prepare('SELECT count(DISTINCT run) FROM metric_buckets').pluck().get()).toBe(2);
  });

  test('takes another id where its own is taken, everywhere, and leaves ids that begin with it alone', async () => {
    const home = temporaryHome();
    const host = fakeHost({ steps: 2 }, home);
    const config = `recipe: pipeline\nname: two\nstages: { sft: { model: some/model, data: { files: [data.jsonl] } } }\n`;
    const pipeline = await runOf(host, config);
    const stage = listStages(host.setup.store.read, pipeline.id)[0]?.id ?? '';
    const child = await runOf(host, CONFIG.replace('some/model', `run:${stage}/policy`));
    const out = place();
    const saved = await save(host, child.id, out);
    expect(saved.runs).toEqual([stage, child.id]);
    const { run, opened, known } = await open(host, out);
    expect([run, opened.length, known]).toEqual([`${child.id}-2`, 1, [stage]]);
    const twin = host.find(run);
    const { read } = host.setup.store;
    expect(twin.folder).toBe(`${child.folder}-2`);
    expect(readConfig(read, twin.number).resolved.model).toBe(`run:${stage}/policy`);
    expect(listInputs(read, twin.number)).toContainEqual(
      expect.objectContaining({
        sourceRun: stage,
        path: join(home, 'runs', stage, 'policy'),
      }),
    );
    expect(listArtifacts(read, twin.number)[0]?.folder).toBe(join(twin.folder, 'policy'));
    const second = place('pipeline.keelrun');
    await save(host, pipeline.id, second);
    expect((await open(host, second)).opened).toEqual([
      { from: pipeline.id, to: `${pipeline.id}-2` },
      { from: stage, to: `${stage}-2` },
    ]);
    expect(host.find(`${stage}-2`).parent).toBe(`${pipeline.id}-2`);
    expect(host.find(`${pipeline.id}-2`).summary).toMatchObject({ sft: { run: `${stage}-2` } });
  });

  test('uses the copy of a dataset that the library there has too, and names the other one where it has none', async () => {
    const from = fakeHost({ steps: 1 });
    const inLibrary = (home: string, name: string) => join(home, 'datasets', '0123456789abcdef', name);
    const files = ['both.jsonl', 'one.jsonl'].map((name) => inLibrary(from.setup.home, name));
    const run = await runOf(from, CONFIG.replace('data.jsonl', files.join(', ')));
    writeFileSync(
      join(run.folder, 'inputs.json'),
      JSON.stringify({ 'data keel-home:/datasets/0123456789abcdef/both.jsonl': 'a', [`data ${files[1]}`]: 'b' }),
    );
    const out = place();
    await save(from, run.id, out);
    const to = fakeHost({});
    const here = inLibrary(to.setup.home, 'both.jsonl');
    mkdirSync(dirname(here), { recursive: true });
    writeFileSync(here, 'abc');
    await open(to, out);
    const opened = to.find(run.id);
    const { resolved } = readConfig(to.setup.store.read, opened.number);
    expect(resolved.data).toMatchObject({ files: [here, files[1]] });
    expect(JSON.parse(readFileSync(join(opened.folder, 'inputs.json'), 'utf8'))).toEqual({
      'data keel-home:/datasets/0123456789abcdef/both.jsonl': 'a',
      [`data ${files[1]}`]: 'b',
    });
  });

  test('tells what data it lacks, and takes them from where it is told they lie', async () => {
    const from = fakeHost({ steps: 1 });
    writeFileSync(join(from.setup.home, 'data.jsonl'), 'abc');
    const run = await runOf(from);
    from.setup.store.write.exec(`UPDATE inputs SET path = '${join(from.setup.home, 'data.jsonl')}',
      sha256 = 'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'`);
    const out = place();
    await save(from, run.id, out);
    const data = mkdtempSync(join(tmpdir(), 'keel-data-'));
    const absent = async () => (await open(fakeHost({}), out, data)).absent;
    const told = { role: 'data.files', path: join(data, 'data.jsonl') };
    expect(await absent()).toEqual([
      expect.objectContaining({ ...told, reason: 'missing' }),
      expect.objectContaining({ role: 'model', path: join(data, 'some/model'), reason: 'missing' }),
    ]);
    writeFileSync(join(data, 'data.jsonl'), 'abd');
    expect((await absent())[0]).toMatchObject({ ...told, reason: 'changed' });
    writeFileSync(join(data, 'data.jsonl'), 'abc');
    expect((await absent()).map(({ role }) => role)).toEqual(['model']);
    // What the caller may not read is neither opened nor hashed.
    const blind = await open(fakeHost({}), out, data, () => false);
    expect(blind.absent[0]).toMatchObject({ ...told, reason: 'missing' });
  });
});

describe('a backup that is not whole', () => {
  test.each([
    ['a changed byte', (file: string) => writeFileSync(join(file, 'rows.sqlite'), 'x'), 'does not match'],
    ['a lost file', (file: string) => rmSync(join(file, 'rows.sqlite')), 'is missing'],
    ['no manifest', (file: string) => rmSync(join(file, 'keelrun.json')), 'no keelrun.json'],
    ['a way out', edited((text) => text.replace('/config.yaml"', '/../../config.yaml"')), 'is not valid'],
    ['a foreign folder', edited((text) => text.replace('"runs/', '"runs/other-')), 'is inconsistent'],
  ])('%s: it is refused, and nothing is left behind', async (_, damage, why) => {
    const from = fakeHost({ steps: 1 });
    const run = await runOf(from);
    const whole = place();
    await save(from, run.id, whole);
    const file = place();
    cpSync(whole, file, { recursive: true });
    damage(file);
    const to = fakeHost({});
    await expect(open(to, file)).rejects.toMatchObject({ code: 'backup_broken', why: expect.stringContaining(why) });
    expect(() => to.find(run.id)).toThrow(expect.objectContaining({ code: 'run_unknown' }));
    const left = existsSync(join(to.setup.home, 'runs')) ? readdirSync(join(to.setup.home, 'runs')) : [];
    expect(left).toEqual([]);
  });

  test('one whose rows claim a folder that is not its own is refused: removing the run would remove it', async () => {
    const from = fakeHost({ steps: 2 });
    const run = await runOf(from);
    from.setup.store.write.exec(`UPDATE checkpoints SET folder = '/home'`);
    const out = place();
    await save(from, run.id, out);
    await expect(open(fakeHost({}), out)).rejects.toMatchObject({ code: 'backup_broken' });
  });

  test('a target that exists, another name and a run under way are refused', async () => {
    const host = fakeHost({ steps: 200, stepMilliseconds: 20 });
    const run = host.start({ config: CONFIG, baseFolder: host.setup.home });
    expect(() => host.findIdle(run.id)).toThrow(expect.objectContaining({ code: 'run_active' }));
    await expect(save(host, run.id, place('a.zip'))).rejects.toMatchObject({ code: 'backup_name' });
    const out = place();
    writeFileSync(out, '');
    await expect(save(host, run.id, out)).rejects.toMatchObject({ code: 'backup_target_exists' });
  });
});

function edited(change: (text: string) => string) {
  return (file: string) => {
    const path = join(file, 'keelrun.json');
    writeFileSync(path, change(readFileSync(path, 'utf8')));
  };
}

test('a folder beside the backup that Keel has not made stays; one that a killed backup left goes', async () => {
  const host = fakeHost({ steps: 2 });
  const run = await runOf(host);
  const out = place();
  const beside = join(dirname(out), '.saved.keelrun.partial');
  mkdirSync(join(beside, 'mine'), { recursive: true });
  const left = `${beside}-2`;
  mkdirSync(left);
  for (const name of ['unfinished-backup', 'run-rows.sqlite']) writeFileSync(join(left, name), '');
  await save(host, run.id, out);
  expect(readdirSync(dirname(out)).toSorted()).toEqual(['.saved.keelrun.partial', 'saved.keelrun']);
  expect(existsSync(join(beside, 'mine'))).toBe(true);
  expect(readdirSync(out)).not.toContain('unfinished-backup');
});
