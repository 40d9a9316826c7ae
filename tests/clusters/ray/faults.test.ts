import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import { readTicket } from '../../../src-main/clusters/ticket.ts';
import { startProgram } from '../../shells/keel-process.ts';
import {
  addLab,
  type Desk,
  fromAnywhere,
  isOver,
  newHome,
  openDesk,
  removeHome,
  runHere,
  starterApa,
} from './cluster-desk.ts';
import { openTunnel, type Tunnel } from './cuttable.ts';
import { killAll, type RayCluster, startRay } from './ray-cluster.ts';

const CONFIG = starterApa(24, 5);
const MAIN = join(import.meta.dirname, '../../../src-main/cli/main.ts');
/** Everything that a job runs on its node. */
const JOB = ['keel_driver.py', 'bootstrap.mjs', 'relay.ts', 'engine/process.ts'];

let ray: RayCluster;
let tunnel: Tunnel;
let desk: Desk;
/** The values of the run on this machine. */
let expected: ReadonlyMap<string, number>;

beforeAll(async () => {
  ray = await startRay(1);
  tunnel = await openTunnel(ray.url);
  const home = newHome();
  await addLab(home, ray, tunnel.url);
  desk = await openDesk(home);
  expected = await runHere(CONFIG);
});

afterAll(async () => {
  await desk?.close();
  tunnel?.close();
  ray?.stop();
  if (desk) removeHome(desk.home);
});

const jobProcesses = () => JOB.flatMap((text) => ray.processes(text));

/** A run that has a checkpoint on this machine and steps after it. */
async function underWay(cpus = 1): Promise<string> {
  const { id } = await desk.hand(CONFIG, cpus);
  await desk.until(id, ({ lastStep }) => (lastStep ?? 0) >= 7);
  return id;
}

async function errorOf(run: string) {
  const { state, error } = await desk.until(run, isOver);
  return { state, code: error?.code };
}

async function finishes(run: string, at: Desk = desk): Promise<void> {
  await at.until(run, ({ state }) => state === 'finished');
  expect(await at.values(run)).toEqual(expected);
}

test('a killed job interrupts its run, which goes on from its last checkpoint here', async () => {
  const run = await underWay();
  killAll(jobProcesses());
  expect(await errorOf(run)).toEqual({ state: 'interrupted', code: 'cluster_job_ended' });
  await desk.client.runs.resume({ run });
  await finishes(run);
  const { attempts } = await desk.client.runs.get({ run });
  expect(attempts.map(({ resumedFrom }) => resumedFrom)).toEqual([null, 5]);
});

test('a run on a node that is lost is interrupted, and goes on when there is another', async () => {
  const node = await ray.addNode(2);
  const run = await underWay(2);
  killAll([...node, ...jobProcesses()]);
  expect(await errorOf(run)).toEqual({ state: 'interrupted', code: 'cluster_job_ended' });
  expect(jobProcesses()).toEqual([]);
  await ray.addNode(2);
  await desk.client.runs.resume({ run });
  await finishes(run);
});

test('a desktop that is killed finds its job again: the run is computed once', async () => {
  const home = newHome();
  await addLab(home, ray, ray.url);
  const file = join(home, 'apa.yaml');
  writeFileSync(file, stringify(fromAnywhere(CONFIG)));
  const env = { ...process.env, KEEL_HOME: home };
  const args = [MAIN, 'run', file, '--on', 'lab', '--json'];
  const keel = startProgram({ path: process.execPath, args, folder: home, env });
  await keel.seen('"step":7');
  keel.child.kill('SIGKILL');
  await keel.ended;
  const again = await openDesk(home);
  onTestFinished(async () => {
    await again.close();
    removeHome(home);
  });
  const [run] = await again.client.runs.list({});
  expect(run).toMatchObject({ state: 'interrupted', error: { code: 'host_ended' } });
  const id = run?.id ?? '';
  const before = readTicket(run?.folder ?? '');
  await again.client.runs.resume({ run: id });
  await finishes(id, again);
  expect(readTicket(run?.folder ?? '')).toMatchObject({ submission: before?.submission, hasEnded: true });
});

test('a network that is cut for a while changes nothing', async () => {
  const run = await underWay();
  tunnel.cut();
  const steps = (await desk.client.runs.get({ run })).lastStep ?? 0;
  setTimeout(() => tunnel.mend(), 20_000);
  await finishes(run);
  expect(steps).toBeLessThan(24);
  expect((await desk.client.runs.get({ run })).attempts).toHaveLength(1);
});

test('a token that is replaced interrupts the run; with the new one, the job is followed again', async () => {
  const run = await underWay();
  const right = readFileSync(ray.tokenFile);
  const mine = join(desk.home, 'mine');
  writeFileSync(mine, `${'0'.repeat(64)}\n`, { mode: 0o600 });
  const wrong = addLab(desk.home, { tokenFile: mine }, tunnel.url, true);
  await expect(wrong).rejects.toMatchObject({ code: 'cluster_token_refused' });
  writeFileSync(
    join(desk.home, 'clusters', 'lab.json'),
    JSON.stringify({ name: 'lab', url: tunnel.url, tokenFile: mine }),
  );
  expect(await errorOf(run)).toEqual({ state: 'interrupted', code: 'cluster_token_refused' });
  writeFileSync(mine, right);
  const { submission } = readTicket((await desk.client.runs.get({ run })).folder) ?? {};
  await desk.client.runs.resume({ run });
  await finishes(run);
  expect(readTicket((await desk.client.runs.get({ run })).folder)?.submission).toBe(submission);
});

test('of two desktops with the same run, the one that follows the job last has it', async () => {
  const run = await underWay();
  const copy = newHome();
  cpSync(desk.home, copy, { recursive: true, filter: (path) => !/host\.(lock|sock|json)/.test(path) });
  const other = await openDesk(copy);
  onTestFinished(async () => {
    await other.close();
    removeHome(copy);
  });
  const lost = errorOf(run);
  await other.client.runs.resume({ run });
  expect(await lost).toEqual({ state: 'interrupted', code: 'cluster_taken_over' });
  await finishes(run, other);
  await desk.client.runs.resume({ run });
  await finishes(run);
});

test('a control store that is killed and started again has forgotten the job; the run goes on in another one', async () => {
  const run = await underWay();
  await ray.restart();
  expect(await errorOf(run)).toEqual({ state: 'interrupted', code: 'cluster_job_lost' });
  await desk.client.runs.resume({ run });
  await finishes(run);
});

/** Every file below a folder that contains a text. */
function filesWith(folder: string, text: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path).includes(text));
}

test('the token is in no file of the data folders and in no command line', () => {
  expect(filesWith(desk.home, ray.token)).toEqual([join(desk.home, 'mine')]);
  expect(filesWith(ray.home, ray.token)).toEqual([]);
  const commands = readdirSync('/proc').flatMap((name) => {
    try {
      return /^\d+$/.test(name) ? [readFileSync(`/proc/${name}/cmdline`, 'utf8')] : [];
    } catch {
      return [];
    }
  });
  expect(commands.length).toBeGreaterThan(5);
  expect(commands.filter((command) => command.includes(ray.token))).toEqual([]);
});
