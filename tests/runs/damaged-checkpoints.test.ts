import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { listCheckpoints as foldersOf } from '#engine/session/checkpoint/checkpoints.ts';
import { requireSource } from '../../src-main/runs/archive/export-source.ts';
import { planRollback } from '../../src-main/runs/archive/plan-rollback.ts';
import { rollBack } from '../../src-main/runs/archive/roll-back.ts';
import { backUpRun } from '../../src-main/runs/backup/backup-run.ts';
import { Recorder } from '../../src-main/runs/host/recorder.ts';
import type { RunHost } from '../../src-main/runs/host/run-host.ts';
import { listAttempts } from '../../src-main/store/queries/attempts.ts';
import { listCheckpoints } from '../../src-main/store/queries/checkpoints.ts';
import { readEventsNamed } from '../../src-main/store/queries/events.ts';
import { readSeries } from '../../src-main/store/queries/metrics.ts';
import { CONFIG, fakeHost, watchAll } from './fake-host.ts';

const HALF = { steps: 6, at: 5, fault: 'kill' };
const request = { config: CONFIG, baseFolder: tmpdir() };

/** Checkpoints of steps 2 and 4, and an end at step 5. */
async function interrupted(behavior: Record<string, string | number> = HALF) {
  const host = fakeHost(behavior);
  const run = host.start(request);
  await watchAll(host, run.id);
  return { host, run: host.find(run.id), at: (step: number) => join(run.folder, `checkpoint-0000000${step}`) };
}

const rejected = (host: RunHost, run: number) =>
  readEventsNamed(host.setup.store.read, run, 'checkpoint_rejected').map(({ step, level, detail }) => [
    step,
    level,
    detail.folder,
    detail.why,
  ]);
const resumedFrom = (host: RunHost, run: number) => listAttempts(host.setup.store.read, run).at(-1)?.resumedFrom;
const losses = (host: RunHost, run: number) => readSeries(host.setup.store.read, run, 'loss').map(({ value }) => value);

const DAMAGES: readonly (readonly [string, (folder: string) => void, RegExp])[] = [
  ['a cut manifest', (folder) => truncateSync(join(folder, 'manifest.json'), 40), /manifest\.json is incomplete/],
  ['an empty manifest', (folder) => truncateSync(join(folder, 'manifest.json'), 0), /manifest\.json is incomplete/],
  ['no manifest', (folder) => rmSync(join(folder, 'manifest.json')), /manifest\.json is missing/],
  ['a manifest of nothing', (folder) => writeFileSync(join(folder, 'manifest.json'), '{}'), /incomplete or damaged/],
  ['a missing file', (folder) => rmSync(join(folder, 'state.json')), /state\.json is missing/],
  ['a short file', (folder) => truncateSync(join(folder, 'state.json'), 3), /state\.json has 3 bytes instead of 22/],
];

describe('a resume falls back to the checkpoint before, and says so', () => {
  test.each(DAMAGES)('%s', async (_, damage, why) => {
    const { host, run, at } = await interrupted();
    damage(at(4));
    host.resume(run.id);
    expect((await watchAll(host, run.id)).at(-1)?.run.state).toBe('finished');
    expect(resumedFrom(host, run.number)).toBe(2);
    expect(rejected(host, run.number)).toEqual([[4, 'warning', at(4), expect.stringMatching(why)]]);
    expect(readFileSync(join(run.folder, 'log.txt'), 'utf8')).toMatch(why);
    expect(losses(host, run.number)).toEqual([1, 2, 3, 4, 5, 6].map((step) => 1 / step));
  });

  test('from the start when none is left', async () => {
    const { host, run, at } = await interrupted({ ...HALF, fault: 'kill' });
    for (const step of [2, 4]) truncateSync(join(at(step), 'manifest.json'), 10);
    rmSync(join(run.folder, 'log.txt'), { force: true });
    host.resume(run.id);
    await watchAll(host, run.id);
    expect([resumedFrom(host, run.number), rejected(host, run.number).map(([step]) => step)]).toEqual([null, [4, 2]]);
  });
});

test('retention gives a damaged checkpoint no place of a good one, and leaves it to a person', async () => {
  const { host, run, at } = await interrupted({ steps: 9, at: 7, fault: 'kill', stepMilliseconds: 500 });
  expect(foldersOf(run.folder).map(({ step }) => step)).toEqual([2, 4, 6]);
  truncateSync(join(at(6), 'manifest.json'), 10);
  host.resume(run.id);
  host.command(run.id, { kind: 'checkpoint' });
  const onDisk = () => listCheckpoints(host.setup.store.read, run.number).filter((one) => one.removedBecause === null);
  // The first one after the one that was passed over is of step 5; the run ends there.
  for await (const _ of host.watch(run.id, { after: 0, withSamples: false }))
    if (onDisk().some(({ step }) => step === 5)) host.stop(run.id, { now: true });
  expect(onDisk().map(({ step }) => step)).toEqual([2, 4, 5, 6]);
  expect([4, 5, 6].map((step) => existsSync(at(step)))).toEqual([true, true, true]);
});

describe('going back', () => {
  test.each(DAMAGES)('to a checkpoint with %s is refused before anything is given up', async (_, damage, why) => {
    const { host, run, at } = await interrupted();
    damage(at(2));
    const wish = { step: 2, changes: [], goOn: false };
    const refused = {
      code: 'checkpoint_corrupt',
      why: expect.stringMatching(why),
      fix: expect.stringMatching(/0, 4\./),
    };
    await expect(host.rollBack(run.id, wish)).rejects.toMatchObject(refused);
    expect(() => planRollback(host.setup.store.read, run, 2)).toThrow(expect.objectContaining(refused));
    expect([existsSync(at(4)), losses(host, run.number).length]).toEqual([true, 4]);
  });

  test('to one with a changed byte as well, which only its hash tells', async () => {
    const { host, run, at } = await interrupted();
    writeFileSync(join(at(2), 'state.json'), '{"step":9,"hold":null}');
    const wish = { step: 2, changes: [], goOn: false };
    await expect(host.rollBack(run.id, wish)).rejects.toMatchObject({
      code: 'checkpoint_corrupt',
      why: expect.stringContaining('state.json does not match its hash'),
    });
    expect(existsSync(at(4))).toBe(true);
  });

  test('by the doctor goes to the newest one that is whole', async () => {
    const { host, run, at } = await interrupted();
    writeFileSync(join(at(4), 'state.json'), '{"step":7,"hold":null}');
    const { store, now } = host.setup;
    const nothing = { onChange: () => undefined, onBlocked: () => undefined, onBroken: () => undefined };
    const recorder = new Recorder({ db: store.write, run: run.number, now, ...nothing });
    await rollBack(host.setup, recorder, run, { step: 4, changes: [], goOn: false, by: 'doctor' });
    recorder.flush();
    expect(foldersOf(run.folder).map(({ step }) => step)).toEqual([2]);
    expect(losses(host, run.number)).toEqual([1, 1 / 2]);
    expect(rejected(host, run.number)).toEqual([[4, 'warning', at(4), expect.stringContaining('hash')]]);
  });
});

test('a backup takes a damaged checkpoint along and says so; an export of it is refused', async () => {
  const { host, run, at } = await interrupted();
  const desk = { progress: () => undefined, log: () => undefined, check: () => undefined };
  const save = async () => {
    const out = join(mkdtempSync(join(tmpdir(), 'keel-backup-')), 'one.keelrun');
    return (await backUpRun(host.setup.store, run, out, 1, desk)).damaged;
  };
  expect(await save()).toEqual([]);
  writeFileSync(join(at(2), 'state.json'), '{"step":9,"hold":null}');
  truncateSync(join(at(4), 'manifest.json'), 10);
  expect(await save()).toEqual([
    expect.stringMatching(/checkpoint-00000002 cannot be used: state\.json does not match its hash/),
    expect.stringMatching(/checkpoint-00000004 cannot be used: its manifest\.json is incomplete/),
  ]);
  const from = { source: run.folder, checkpoint: at(4) };
  expect(() => requireSource(from)).toThrow(expect.objectContaining({ code: 'checkpoint_corrupt' }));
  const gone = expect.objectContaining({ code: 'artifact_missing', why: expect.stringContaining(at(8)) });
  expect(() => requireSource({ source: at(8) })).toThrow(gone);
});
