import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { RunDetail } from '#contract/api/runs/run-state.ts';
import { freshTinyWorld } from '../support/fresh-tiny-world.ts';
import { inShort } from '../support/long-form.ts';
import { type TinyWorld, tinyConfigs } from '../support/tiny-world.ts';
import { FAKE_KEEL, type KeelProcess, keel, startProgram, workplace } from './keel-process.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** Steps slow enough that a second stop would come before the checkpoint of the first. */
const SLOW = { steps: 4000, stepMilliseconds: 300, checkpointEvery: 100_000 };
type Place = ReturnType<typeof workplace>;

/** A clone with the real bootstrap and the real command line over engines that compute nothing. */
function clone(): string {
  const root = mkdtempSync(join(tmpdir(), 'keel-clone-'));
  cpSync(join(ROOT, 'scripts', 'setup'), join(root, 'scripts', 'setup'), { recursive: true });
  cpSync(join(ROOT, 'scripts', 'bootstrap.mjs'), join(root, 'scripts', 'bootstrap.mjs'));
  cpSync(join(ROOT, 'package-lock.json'), join(root, 'package-lock.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  const scripts = { keel: 'node scripts/bootstrap.mjs keel' };
  writeFileSync(join(root, 'package.json'), JSON.stringify({ name: 'clone', type: 'module', scripts }));
  mkdirSync(join(root, 'src-main', 'cli'), { recursive: true });
  mkdirSync(join(root, 'src-main', 'contract', 'recipes'), { recursive: true });
  const main = join(root, 'src-main', 'cli', 'main.ts');
  writeFileSync(main, `await import(${JSON.stringify(pathToFileURL(FAKE_KEEL).href)});\n`);
  // `keel serve` has the page built first.
  writeFileSync(join(root, 'scripts', 'build-renderer.ts'), '');
  return root;
}

/** How a person starts `keel`. */
const WAYS = {
  'node main.ts': (_root: string, args: readonly string[]) => ({ path: process.execPath, args: [FAKE_KEEL, ...args] }),
  'the bootstrap': (root: string, args: readonly string[]) => ({
    path: process.execPath,
    args: [join(root, 'scripts', 'bootstrap.mjs'), 'keel', ...args],
  }),
  'npm run': (_root: string, args: readonly string[]) => ({
    path: 'npm',
    args: ['run', '--silent', 'keel', '--', ...args],
  }),
};
type Way = keyof typeof WAYS;

function start(way: Way, { folder, home }: Place, args: readonly string[]): KeelProcess {
  const root = clone();
  // A test that was itself started by npm must not look like the script that npm runs here.
  const { npm_lifecycle_event: _event, INIT_CWD: _folder, ...inherited } = process.env;
  const env = { ...inherited, KEEL_ENGINE_BINDING: '', KEEL_HOME: home, KEEL_FAKE: JSON.stringify(SLOW) };
  const where = way === 'npm run' ? root : folder;
  return startProgram({ ...WAYS[way](root, args), folder: where, env, isGroup: true });
}

async function shown(place: Place): Promise<RunDetail> {
  return JSON.parse((await keel(place, ['runs', 'show', 'latest', '--json']).ended).out) as RunDetail;
}

/** State, and how many of the run's steps its newest checkpoint is behind. */
async function leftOf(place: Place) {
  const { state, lastStep, checkpoints } = await shown(place);
  return { state, lost: (lastStep ?? 0) - Math.max(0, ...checkpoints.map(({ step }) => step)) };
}

const MAIN = join(ROOT, 'src-main', 'cli', 'main.ts');

/** A process and everything below it, as a service manager or a job's supervisor signals them: parents first. */
function descendants(root: number): readonly number[] {
  const parents = readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid)) return [];
    const parent = /^PPid:\s*(\d+)$/m.exec(statusOf(pid))?.[1];
    return parent === undefined ? [] : [{ pid, parent: Number(parent) }];
  });
  const below = (pid: number): number[] => [
    pid,
    ...parents.filter(({ parent }) => parent === pid).flatMap((child) => below(child.pid)),
  ];
  return below(root);
}

/** Empty for a process that has ended. */
function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}

const hasNpm = spawnSync('npm', ['--version']).status === 0;

describe('a request to end is one stop, with a checkpoint of the last step', () => {
  const requests = [
    ['SIGTERM', 'node main.ts', 'alone'],
    ['SIGHUP', 'node main.ts', 'alone'],
    ['SIGTERM', 'the bootstrap', 'alone'],
    ['SIGTERM', 'the bootstrap', 'and its process group'],
    ['SIGINT', 'the bootstrap', 'and its process group'],
    ['SIGTERM', 'npm run', 'alone'],
    ['SIGTERM', 'npm run', 'and its process group'],
    ['SIGINT', 'npm run', 'and its process group'],
  ] as const;
  test.each(inShort(requests, ([signal, way]) => way !== 'npm run' || signal === 'SIGINT'))(
    '%s to %s %s',
    async (signal, way, whom) => {
      if (way === 'npm run' && !hasNpm) return console.warn('npm is not on the path: skipped.');
      const place = workplace();
      const run = start(way, place, ['run', join(place.folder, 'tiny.yaml'), '--json']);
      await run.seen('"step":2');
      process.kill(whom === 'alone' ? run.child.pid! : -run.child.pid!, signal);
      const { lines } = await run.ended;
      expect(lines.at(-1)).toMatchObject({ type: 'summary', state: 'stopped' });
      expect(await leftOf(place)).toEqual({ state: 'stopped', lost: 0 });
    },
  );
});

test('the program that a service manager watches ends as the command does', async () => {
  const place = workplace();
  const run = start('the bootstrap', place, ['run', join(place.folder, 'tiny.yaml'), '--json']);
  await run.seen('"step":2');
  process.kill(-run.child.pid!, 'SIGTERM');
  expect((await run.ended).code).toBe(130);
});

test('keel serve, stopped with its process group, ends the runs of all its shells with checkpoints', async () => {
  const place = workplace();
  const served = start('the bootstrap', place, ['serve', '--json', '--port', '0']);
  await served.seen('"type":"serving"');
  const run = keel(place, ['run', 'tiny.yaml', '--json']);
  await run.seen('"step":2');
  process.kill(-served.child.pid!, 'SIGTERM');
  expect((await served.ended).code).toBe(0);
  await run.ended;
  expect(await leftOf(place)).toEqual({ state: 'stopped', lost: 0 });
});

test('a second stop, a moment later, ends at once without a checkpoint', async () => {
  const place = workplace();
  const served = keel(place, ['serve', '--json', '--port', '0'], { ...SLOW, at: 3, fault: 'silence' });
  await served.seen('"type":"serving"');
  const run = keel(place, ['run', 'tiny.yaml', '--json']);
  await run.seen('"step":2');
  served.child.kill('SIGTERM');
  await served.seen('Press Ctrl-C again to stop immediately');
  served.child.kill('SIGTERM');
  expect((await served.ended).code).toBe(0);
  expect(await leftOf(place)).toEqual({ state: 'stopped', lost: 2 });
});

describe('the real engine', () => {
  let world: TinyWorld;

  beforeAll(async () => {
    const fresh = await freshTinyWorld();
    world = fresh.world;
    return fresh.remove;
  });

  async function underWay({ entry = [MAIN] }: { readonly entry?: readonly string[] } = {}) {
    const place = workplace();
    const checkpoints = { interval_steps: null, interval_seconds: 3600 };
    const evaluation = { interval_steps: 100_000 };
    const config = { ...tinyConfigs(world, 100_000).sft, checkpoints, evaluation };
    writeFileSync(join(place.folder, 'real.yaml'), stringify(config));
    const env = { ...process.env, KEEL_HOME: place.home };
    const args = [...entry, 'run', join(place.folder, 'real.yaml'), '--json'];
    const run = startProgram({ path: process.execPath, args, folder: place.folder, env });
    await run.seen('"step":2');
    const { attempts } = await shown(place);
    return { place, run, engine: attempts.at(-1)?.enginePid ?? 0 };
  }

  test('a service manager signals every process of the program, the engine as well', async () => {
    const { place, run, engine } = await underWay();
    process.kill(engine, 'SIGTERM');
    run.child.kill('SIGTERM');
    const { code } = await run.ended;
    expect([code, await leftOf(place)]).toEqual([130, { state: 'stopped', lost: 0 }]);
  });

  test('a stop of the whole tree, from the bootstrap to the engine, is one stop', { timeout: 300_000 }, async () => {
    const { place, run, engine } = await underWay({ entry: [join(ROOT, 'scripts', 'bootstrap.mjs'), 'keel'] });
    const tree = descendants(run.child.pid!);
    expect(tree).toContain(engine);
    expect(tree.length).toBeGreaterThanOrEqual(3);
    for (const pid of tree) process.kill(pid, 'SIGTERM');
    const { code } = await run.ended;
    expect([code, await leftOf(place)]).toEqual([130, { state: 'stopped', lost: 0 }]);
    expect((await shown(place)).error).toBeNull();
  });

  test('SIGTERM to the engine alone stops its run with a checkpoint, and the log says why', async () => {
    const { place, run, engine } = await underWay();
    process.kill(engine, 'SIGTERM');
    const { code, out } = await run.ended;
    expect([code, await leftOf(place)]).toEqual([130, { state: 'stopped', lost: 0 }]);
    expect(out).toContain('Received SIGTERM');
    const { folder } = await shown(place);
    expect(readFileSync(join(folder, 'log.txt'), 'utf8')).toContain('Received SIGTERM');
  });
});
