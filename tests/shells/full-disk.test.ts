import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { Run } from '#contract/api/runs/run-state.ts';
import { clientOver, openPage, serve } from '../headless/headless-server.ts';
import { CONFIG } from '../runs/fake-host.ts';
import { freshTinyWorld } from '../support/fresh-tiny-world.ts';
import { isLongForm } from '../support/long-form.ts';
import { canMount, type SmallDisk, smallDisk } from '../support/small-disk.ts';
import { type TinyWorld, tinyConfigs } from '../support/tiny-world.ts';
import { type Ended, type KeelProcess, keel, startProgram, workplace } from './keel-process.ts';

/** Room for what a run has to find at its start, with some to spare. */
const MEGABYTES = 80;
const MAIN = join(import.meta.dirname, '..', '..', 'src-main', 'cli', 'main.ts');
type Place = ReturnType<typeof workplace>;

/** A data folder on a disk of its own, a config elsewhere. */
function placeOn(disk: SmallDisk): Place {
  return { folder: workplace().folder, home: join(disk.folder, 'home') };
}

const losses = ({ lines }: Ended) =>
  lines
    .filter((line) => line.type === 'metrics' && 'loss' in (line.metrics as object))
    .map((line) => [line.step, (line.metrics as Record<string, number>).loss] as const);

async function shown(place: Place): Promise<Run> {
  return JSON.parse((await keel(place, ['runs', 'show', 'latest', '--json']).ended).out) as Run;
}

describe.skipIf(!canMount)('a run whose store has no room', () => {
  const SLOW = { steps: 4000, stepMilliseconds: 50, checkpointEvery: 100_000 };

  async function waiting(): Promise<{ disk: SmallDisk; place: Place; run: KeelProcess }> {
    const disk = smallDisk(MEGABYTES);
    const place = placeOn(disk);
    const run = keel(place, ['run', 'tiny.yaml'], SLOW);
    await run.seen('training');
    disk.fill();
    await run.seen('waiting for disk: free');
    return { disk, place, run };
  }

  test('says so in shell, list and show; runs stop ends it, and it is resumed once there is room', async () => {
    const { disk, place, run } = await waiting();
    const wait = new RegExp(`waiting for disk: free [\\d.]+ MB on ${disk.folder} for ${place.home}`);
    const list = await keel(place, ['runs', 'list']).ended;
    const show = await keel(place, ['runs', 'show', 'latest']).ended;
    expect([list.out, show.out]).toEqual([expect.stringMatching(wait), expect.stringMatching(wait)]);
    expect(await keel(place, ['runs', 'stop', 'latest']).ended).toMatchObject({ code: 0, err: '' });
    const { err, out, code } = await run.ended;
    expect(err).toMatch(wait);
    expect([code, out]).toEqual([1, expect.stringMatching(/interrupted.*the disk at \/tmp\S+ was full.*keel resume/s)]);
    disk.free();
    const resumed = await keel(place, ['resume', 'latest', '--json'], { steps: 5 }).ended;
    expect([resumed.code, resumed.lines.at(-1)?.state]).toEqual([0, 'finished']);
    expect(resumed.out).not.toContain('resume_mismatch');
  });

  test('goes on by itself, and nothing of it is missing', async () => {
    const disk = smallDisk(MEGABYTES);
    const place = placeOn(disk);
    const behavior = { steps: 60, stepMilliseconds: 50, checkpointEvery: 100_000 };
    const run = keel(place, ['run', 'tiny.yaml', '--json'], behavior);
    await run.seen('"step":3');
    disk.fill();
    await run.seen('"by":"disk"');
    disk.free();
    const ended = await run.ended;
    expect([ended.code, ended.lines.at(-1)?.state]).toEqual([0, 'finished']);
    expect(losses(ended)).toEqual(Array.from({ length: 60 }, (_, index) => [index + 1, 1 / (index + 1)]));
    expect(ended.lines.filter(({ type }) => type === 'waiting').at(-1)).toMatchObject({ because: null });
  });

  test('is ended by a second Ctrl-C', async () => {
    const disk = smallDisk(MEGABYTES);
    const run = keel(placeOn(disk), ['run', 'tiny.yaml'], { ...SLOW, stepMilliseconds: 2000 });
    await run.seen('training');
    disk.fill();
    // It does not wait yet, so the first one asks for a checkpoint, which has no room either.
    run.child.kill('SIGINT');
    await run.seen('waiting for disk: free');
    await run.seen('Press Ctrl-C again to stop immediately');
    run.child.kill('SIGINT');
    expect((await run.ended).out).toContain('keel resume');
  });

  test('that lost its host can be looked at while the disk is full, and is closed once it is not', async () => {
    const { disk, place, run } = await waiting();
    run.child.kill('SIGKILL');
    await run.ended;
    disk.fill();
    const list = await keel(place, ['runs', 'list']).ended;
    expect([list.code, list.out, list.err]).toEqual([0, expect.stringContaining('interrupted'), '']);
    const started = await keel(place, ['run', 'tiny.yaml']).ended;
    expect([started.code, started.err]).toEqual([1, expect.stringMatching(/but only 0 B are free.*fix: Free/s)]);
    disk.free();
    expect(await shown(place)).toMatchObject({ state: 'interrupted', error: { code: 'host_ended' } });
  });

  test('is shown to a page, and its Stop ends it', async () => {
    const disk = smallDisk(MEGABYTES);
    const home = join(disk.folder, 'home');
    mkdirSync(home);
    const { runs } = clientOver(await openPage(await serve(SLOW, home, [disk.folder])));
    const { id: run } = await runs.start({ config: CONFIG, baseFolder: disk.folder });
    const states: string[] = [];
    for await (const batch of await runs.watch({ run })) {
      if (batch.metrics.length > 0 && !states.includes('disk')) disk.fill();
      const { state, pausedBecause, error } = batch.run;
      states.push(pausedBecause?.by ?? error?.code ?? state);
      if (pausedBecause?.by !== 'disk') continue;
      for await (const { lines } of await runs.overview({})) {
        expect(lines).toMatchObject([{ state: 'paused', problem: pausedBecause.why }]);
        break;
      }
      await runs.stop({ run });
    }
    expect([...new Set(states)]).toEqual(['running', 'disk', 'run_not_stored']);
  });
});

describe.skipIf(!canMount)('the real engine, whose checkpoint has no room', () => {
  let world: TinyWorld;

  beforeAll(async () => {
    const fresh = await freshTinyWorld();
    world = fresh.world;
    return fresh.remove;
  });

  /** Enough to be under way when the disk is full, however fast the machine is. */
  const STEPS = 500;
  /** Enough for the store, not for a checkpoint. */
  const LEFT = 1_500_000;

  function start(place: Place, checkpoints: object): KeelProcess {
    const config = { ...tinyConfigs(world, STEPS).sft, checkpoints, evaluation: { interval_steps: 100_000 } };
    const file = join(place.folder, 'real.yaml');
    writeFileSync(file, stringify(config));
    return program(place, ['run', file, '--json']);
  }

  const program = (place: Place, args: readonly string[]) =>
    startProgram({
      path: process.execPath,
      args: [MAIN, ...args],
      folder: place.folder,
      env: { ...process.env, KEEL_HOME: place.home },
    });

  test('waits, goes on by itself and computes what it would have computed', async () => {
    const often = { interval_steps: 10, interval_seconds: 3600 };
    const whole = await start(workplace(), often).ended;
    const disk = smallDisk(MEGABYTES);
    const place = placeOn(disk);
    const run = start(place, often);
    await run.seen('"step":2');
    disk.fill(LEFT);
    await run.seen('"by":"disk"');
    const { state, pausedBecause } = await shown(place);
    expect([state, pausedBecause?.why]).toEqual([
      'paused',
      expect.stringMatching(`waiting for disk: free \\d.* on ${disk.folder} for ${place.home}/runs/`),
    ]);
    disk.free();
    const ended = await run.ended;
    expect([ended.code, ended.lines.at(-1)?.state]).toEqual([0, 'finished']);
    expect(losses(whole)).toHaveLength(STEPS);
    expect(losses(ended)).toEqual(losses(whole));
  });

  test.runIf(isLongForm)('is ended by runs stop at its last checkpoint, and resumed once there is room', async () => {
    const disk = smallDisk(MEGABYTES);
    const place = placeOn(disk);
    const run = start(place, { interval_steps: 10, interval_seconds: 3600 });
    await run.seen('"step":15');
    disk.fill(LEFT);
    await run.seen('"by":"disk"');
    expect((await program(place, ['runs', 'stop', 'latest']).ended).code).toBe(0);
    const ended = await run.ended;
    expect(ended.lines.at(-1)).toMatchObject({ type: 'summary', state: 'stopped' });
    expect(ended.out).toContain('checkpoint_not_written');
    disk.free();
    const resumed = await program(place, ['resume', 'latest', '--json']).ended;
    expect([resumed.code, resumed.lines.at(-1)?.state]).toEqual([0, 'finished']);
    expect(resumed.out).not.toContain('resume_mismatch');
  });

  test('a stop waits for room for its checkpoint, and says so; a second one ends it', async () => {
    const disk = smallDisk(MEGABYTES);
    const place = placeOn(disk);
    const run = start(place, { interval_steps: null, interval_seconds: 3600 });
    await run.seen('"step":2');
    disk.fill(LEFT);
    run.child.kill('SIGTERM');
    await run.seen('"by":"disk"');
    await run.seen('Press Ctrl-C again to stop immediately');
    run.child.kill('SIGTERM');
    const { code, lines } = await run.ended;
    expect([code, lines.at(-1)?.state]).toEqual([130, 'stopped']);
  });

  test.runIf(isLongForm)('a saved model waits for room like a checkpoint', async () => {
    const disk = smallDisk(MEGABYTES);
    const place = placeOn(disk);
    const run = start(place, { interval_steps: null, interval_seconds: 3600 });
    await run.seen('"step":2');
    disk.fill(LEFT);
    await run.seen('"by":"disk"');
    disk.free();
    const { code, lines } = await run.ended;
    expect([code, lines.at(-1)?.state]).toEqual([0, 'finished']);
  });

  test('the check names the disk and what to free, and a disk without any room is no failure of the engine', async () => {
    const disk = smallDisk(MEGABYTES);
    const place = placeOn(disk);
    const file = join(place.folder, 'real.yaml');
    writeFileSync(file, stringify(tinyConfigs(world, STEPS).sft));
    disk.fill(3_000_000);
    const checked = await program(place, ['run', file, '--preflight']).ended;
    expect(checked.out).toMatch(
      new RegExp(
        `The run needs about [\\d.]+ MB of disk.*It will wait for disk.*Free [\\d.]+ MB on ${disk.folder},`,
        's',
      ),
    );
    disk.fill();
    const { out, err, code } = await program(place, ['run', file, '--preflight']).ended;
    expect([code, out + err]).toEqual([1, expect.stringMatching(`Free .* on ${disk.folder}`)]);
    expect(out + err).not.toContain('The engine failed');
  });
});
