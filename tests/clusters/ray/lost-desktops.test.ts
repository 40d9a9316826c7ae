import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import type { SampleRow } from '#contract/api/runs/run-records.ts';
import { fromTypedError } from '#contract/api/typed-client.ts';
import { readJobLog } from '../../../src-main/clusters/jobs-api.ts';
import { askRay } from '../../../src-main/clusters/ray-api.ts';
import { addressOf } from '../../../src-main/clusters/registry.ts';
import { readTicket } from '../../../src-main/clusters/ticket.ts';
import { type KeelProcess, startProgram } from '../../shells/keel-process.ts';
import {
  addLab,
  type Desk,
  eventsHere,
  fromAnywhere,
  newHome,
  openDesk,
  removeHome,
  starterApa,
} from './cluster-desk.ts';
import { CONFIG, type FaultBench, openFaultBench } from './fault-bench.ts';
import { freePort } from './ray-cluster.ts';
import { filesWith, ofProcesses } from './secrets.ts';

const MAIN = join(import.meta.dirname, '../../../src-main/cli/main.ts');
let bench: FaultBench;

beforeAll(async () => {
  bench = await openFaultBench();
});

afterAll(() => bench?.close());

/** A run that a desktop of its own has handed over, which it is following. */
async function ownDesktop(): Promise<{ readonly home: string; readonly keel: KeelProcess }> {
  const home = newHome();
  await addLab(home, bench.ray, bench.ray.url);
  const file = join(home, 'apa.yaml');
  writeFileSync(file, stringify(fromAnywhere(CONFIG)));
  const env = { ...process.env, KEEL_HOME: home };
  const args = [MAIN, 'run', file, '--on', 'lab', '--json'];
  const keel = startProgram({ path: process.execPath, args, folder: home, env });
  await keel.seen('"step":7');
  return { home, keel };
}

async function openAgain(home: string): Promise<Desk> {
  const desk = await openDesk(home);
  onTestFinished(async () => {
    await desk.close();
    removeHome(home);
  });
  return desk;
}

test('a desktop that sleeps until its job is over has every row when it wakes', async () => {
  const { home, keel } = await ownDesktop();
  keel.child.kill('SIGSTOP');
  await expect.poll(bench.jobProcesses, { timeout: 120_000 }).toEqual([]);
  keel.child.kill('SIGCONT');
  expect((await keel.ended).code).toBe(0);
  const again = await openAgain(home);
  const [run] = await again.client.runs.list({});
  expect((await again.client.runs.get({ run: run?.id ?? '' })).attempts).toHaveLength(1);
  await bench.finishes(run?.id ?? '', again);
});

test('a desktop that is killed finds its job again: the run is computed once', async () => {
  const { home, keel } = await ownDesktop();
  keel.child.kill('SIGKILL');
  await keel.ended;
  const again = await openAgain(home);
  const [run] = await again.client.runs.list({});
  expect(run).toMatchObject({ state: 'interrupted', error: { code: 'host_ended' } });
  const id = run?.id ?? '';
  const before = readTicket(run?.folder ?? '');
  await again.client.runs.resume({ run: id });
  await bench.finishes(id, again);
  expect(readTicket(run?.folder ?? '')).toMatchObject({ submission: before?.submission, hasEnded: true });
});

test('a network that is cut for a while changes nothing', async () => {
  const run = await bench.underWay();
  bench.tunnel.cut();
  const steps = (await bench.desk.client.runs.get({ run })).lastStep ?? 0;
  setTimeout(() => bench.tunnel.mend(), 20_000);
  await bench.finishes(run);
  expect(steps).toBeLessThan(24);
  expect((await bench.desk.client.runs.get({ run })).attempts).toHaveLength(1);
});

test('a token that is replaced interrupts the run; with the new one, the job is followed again', async () => {
  const run = await bench.underWay();
  const right = readFileSync(bench.ray.tokenFile);
  const mine = join(bench.desk.home, 'mine');
  writeFileSync(mine, `${'0'.repeat(64)}\n`, { mode: 0o600 });
  const wrong = addLab(bench.desk.home, { tokenFile: mine }, bench.tunnel.url, true);
  await expect(wrong).rejects.toMatchObject({ code: 'cluster_token_refused' });
  writeFileSync(
    join(bench.desk.home, 'clusters', 'lab.json'),
    JSON.stringify({ name: 'lab', url: bench.tunnel.url, tokenFile: mine }),
  );
  expect(await bench.errorOf(run)).toEqual({ state: 'interrupted', code: 'cluster_token_refused' });
  writeFileSync(mine, right);
  const { submission } = readTicket((await bench.desk.client.runs.get({ run })).folder) ?? {};
  await bench.desk.client.runs.resume({ run });
  await bench.finishes(run);
  expect(readTicket((await bench.desk.client.runs.get({ run })).folder)?.submission).toBe(submission);
});

test('of two desktops with the same run, the one that follows the job last has it', async () => {
  const run = await bench.underWay();
  const copy = newHome();
  cpSync(bench.desk.home, copy, { recursive: true, filter: (path) => !/host\.(lock|sock|json)/.test(path) });
  const other = await openAgain(copy);
  const lost = bench.errorOf(run);
  await other.client.runs.resume({ run });
  expect(await lost).toEqual({ state: 'interrupted', code: 'cluster_taken_over' });
  await bench.finishes(run, other);
  await bench.desk.client.runs.resume({ run });
  await bench.finishes(run);
});

test('an event that is longer than a line of the log may be arrives whole', async () => {
  const [iterations, samples] = [1, 200];
  const config = {
    ...starterApa(iterations, 5),
    generation: { max_new_tokens: 72 },
    evaluation: { interval_iterations: 1, num_prompts: samples, num_samples: samples },
  };
  const { id: run, folder } = await bench.desk.hand(config);
  await bench.desk.until(run, ({ state }) => state === 'finished');
  const log = await readJobLog(addressOf(bench.desk.home, 'lab'), readTicket(folder)?.submission ?? '');
  expect(log).toMatch(/^@keel \d+ 2\/\d+ /m);
  expect(Math.max(...log.split('\n').map(({ length }) => length))).toBeLessThan(300_000);
  const here = (await eventsHere(config)).flatMap((event) => (event.kind === 'samples' ? [event] : []));
  expect(here.at(-1)?.rows).toHaveLength(samples);
  for (const { step, rows } of here) {
    const there = await bench.desk.client.runs.samplesAt({ run, step });
    const known = ({ response, logprobs, score }: SampleRow) => ({ response, logprobs, score });
    expect(there.map(known)).toEqual(rows.map(known));
  }
});

test('while a run is under way, no command line has the token, and the engine has none at all', async () => {
  const run = await bench.underWay();
  const commands = ofProcesses(
    'cmdline',
    readdirSync('/proc').filter((name) => /^\d+$/.test(name)),
  );
  expect(commands.length).toBeGreaterThan(5);
  expect(commands.filter((command) => command.includes(bench.ray.token))).toEqual([]);
  const engines = ofProcesses('environ', bench.ray.processes('engine/process.ts'));
  expect(engines.length).toBeGreaterThan(0);
  expect(engines.filter((environment) => environment.includes('RAY_AUTH'))).toEqual([]);
  await bench.finishes(run);
});

test('after all of that, the token is in no file but those that it was put into', () => {
  const { ray, desk } = bench;
  expect(filesWith(desk.home, ray.token)).toEqual([join(desk.home, 'mine')]);
  // The cluster's folder holds Ray's logs, those of the jobs, and the data folder of the nodes.
  expect(filesWith(join(ray.home, '..'), ray.token)).toEqual([ray.tokenFile]);
});

test('no error names the token, whatever the cluster refuses', async () => {
  const address = { name: 'lab', url: bench.ray.url, token: bench.ray.token };
  // Its name comes back in the refusal of a second one.
  const twice = Buffer.from(JSON.stringify({ entrypoint: 'true', submission_id: address.token }));
  await askRay(address, 'POST', '/api/jobs/', twice);
  const nowhere = `http://127.0.0.1:${await freePort()}`;
  const refusals = {
    cluster_unreachable: () => askRay({ ...address, url: nowhere }, 'GET', '/api/version'),
    cluster_token_refused: () => askRay({ ...address, token: `${bench.ray.token}0` }, 'GET', '/api/version'),
    cluster_refused: () => askRay(address, 'POST', '/api/jobs/', twice),
    cluster_too_small: () => bench.desk.hand(CONFIG, 64),
    cluster_url: () => addLab(bench.desk.home, bench.ray, `http://keel:${address.token}@127.0.0.1:8265`, true),
  };
  for (const [code, refusal] of Object.entries(refusals)) {
    const error = await refusal().then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(fromTypedError(error)).toMatchObject({ code });
    // With everything that hangs on it, such as its cause and its stack.
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain(address.token);
  }
});
