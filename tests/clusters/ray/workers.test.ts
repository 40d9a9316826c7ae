import { randomInt } from 'node:crypto';
import { existsSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { fromTypedError } from '#contract/api/typed-client.ts';
import { STARTER_FOLDER } from '../../../src-main/runs/host/demo.ts';
import { type Desk, isOver, type Lab, openLab, runHere, starterApa } from './cluster-desk.ts';
import { killAll } from './ray-cluster.ts';
import { filesWith, ofProcesses } from './secrets.ts';

// Several groups of processes start one after the other, each of which loads PyTorch.
vi.setConfig({ testTimeout: 1_200_000 });

/** A Python environment with Ray Train and PyTorch, made by `scripts/test-cluster.ts`. */
const PYTHON = process.env.KEEL_RAY_TORCH;
const ITERATIONS = 20;
const CONFIG = starterApa(ITERATIONS, 5);
const FIRST_LOSSES = ['loss/policy_avg', 'loss/value_avg', 'loss/total'];
/** Student's t for a two-sided interval of 95% with 4 degrees of freedom: R, `qt(0.975, 4)`. */
const T4 = 2.776445;
const SEEDS = [7, 1, 2, 3, 4];

type Values = ReadonlyMap<string, number>;

const at = (values: Values, key: string, step: number) => values.get(`${key}@${step}`) ?? Number.NaN;
const mean = (list: readonly number[]) => list.reduce((sum, one) => sum + one, 0) / list.length;
/** Mean of a metric over the second half of the run. */
const settled = (values: Values, key: string) =>
  mean(Array.from({ length: ITERATIONS / 2 }, (_, index) => at(values, key, ITERATIONS / 2 + 1 + index)));

const namesOf = (values: Values) => [...new Set([...values.keys()].map((name) => name.replace(/@.*/, '')))].sort();

/** Where the value of one more run lies with a probability of 95%, if it differs from others by its seed only. */
function bandOf(list: readonly number[]): readonly [number, number] {
  const center = mean(list);
  const variance = list.reduce((sum, one) => sum + (one - center) ** 2, 0) / (list.length - 1);
  const half = T4 * Math.sqrt(variance * (1 + 1 / list.length));
  return [center - half, center + half];
}

describe.skipIf(PYTHON === undefined)('one model over several workers', () => {
  let lab: Lab;
  let desk: Desk;
  /** Values of a run that is left alone, by the number of its workers; and its id. */
  const whole = new Map<number, { readonly run: string; readonly values: Values }>();

  beforeAll(async () => {
    // Two nodes with one processor each: two workers are on different nodes.
    lab = await openLab(
      1,
      async (ray) => {
        await ray.addNode(1);
      },
      PYTHON,
    );
    desk = lab.desk;
  });

  afterAll(() => lab?.close());

  /** A run's values, of which there is one for each step. */
  async function completeValues(run: string): Promise<Values> {
    const rows = await desk.client.runs.metrics({ run });
    const names = rows.map(({ key, step }) => `${key}@${step}`);
    expect(new Set(names).size).toBe(names.length);
    const steps = rows.filter(({ key }) => key === 'objective/kl').map(({ step }) => step);
    expect(steps).toEqual(Array.from({ length: ITERATIONS }, (_, index) => index + 1));
    return desk.values(run);
  }

  async function leftAlone(workers: number) {
    const known = whole.get(workers);
    if (known) return known;
    const { id: run } = await desk.hand(CONFIG, 1, workers);
    await desk.until(run, ({ state }) => state === 'finished');
    const found = { run, values: await completeValues(run) };
    whole.set(workers, found);
    return found;
  }

  /** What an engine of this machine computes, by seed: first with the seed of the config. */
  const here: Values[] = [];
  async function runsHere(): Promise<readonly Values[]> {
    for (const seed of SEEDS.slice(here.length)) here.push(await runHere({ ...CONFIG, seed }));
    return here;
  }

  test.each([1, 2])('%i of them compute the run that one engine computes here', async (workers) => {
    const { run, values } = await leftAlone(workers);
    await runsHere();
    const [own = values] = here;
    for (const key of FIRST_LOSSES) {
      const [there, expected] = [at(values, key, 1), at(own, key, 1)];
      expect(Math.abs(there / expected - 1), key).toBeLessThan(1e-5);
    }
    for (const key of ['objective/scores', 'objective/kl']) {
      const [least, most] = bandOf(here.map((one) => settled(one, key)));
      expect(settled(values, key), key).toBeGreaterThan(least);
      expect(settled(values, key), key).toBeLessThan(most);
    }
    expect(namesOf(values)).toEqual(namesOf(own));
    const { attempts } = await desk.client.runs.get({ run });
    expect(attempts.map(({ device }) => device)).toEqual([
      expect.objectContaining({ cluster: 'lab', cpus: 1, workers, offline: false }),
    ]);
  });

  test('a worker that is killed is replaced, a stopped run is resumed, and every value is that of a run that was left alone', async () => {
    const { client } = desk;
    const { values } = await leftAlone(2);
    const { id: run, folder } = await desk.hand(CONFIG, 1, 2);
    await desk.until(run, ({ lastStep }) => (lastStep ?? 0) >= 7);
    const workers = lab.ray.workers();
    expect(workers).toHaveLength(2);
    const struck = randomInt(workers.length);
    console.log(`killed worker ${struck}`);
    killAll(workers.slice(struck, struck + 1));
    await desk.until(run, ({ lastStep }) => (lastStep ?? 0) >= 12);
    const stopped = desk.until(run, isOver);
    await client.runs.stop({ run });
    expect((await stopped).state).toBe('stopped');
    const half = await client.runs.get({ run });
    expect(Math.max(...half.checkpoints.map(({ step }) => step))).toBe(half.lastStep);
    await expect.poll(() => lab.ray.workers(), { timeout: 60_000 }).toEqual([]);

    await client.runs.resume({ run });
    await desk.until(run, ({ state }) => state === 'finished');
    expect(await completeValues(run)).toEqual(values);
    const { attempts } = await client.runs.get({ run });
    expect(attempts.map(({ resumedFrom }) => resumedFrom)).toEqual([null, half.lastStep]);

    const out = join(desk.home, 'exported');
    let verified: unknown = null;
    for await (const message of await client.jobs.export({ run, folder: '.', out, format: 'hf' })) {
      if (message.kind === 'result') verified = message.result;
    }
    expect(verified).not.toBeNull();
    const weights = (from: string) => statSync(join(from, 'model.safetensors')).size;
    expect(weights(out)).toBe(weights(join(STARTER_FOLDER, 'policy')));
    expect(existsSync(join(folder, 'artifacts', 'policy', 'config.json'))).toBe(true);
  });

  test('while workers compute, no command line has the token, and the engine has none at all; no file keeps it', async () => {
    const { id: run } = await desk.hand(CONFIG, 1, 2);
    await desk.until(run, ({ lastStep }) => (lastStep ?? 0) >= 2);
    const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    const commands = ofProcesses('cmdline', all);
    expect(commands.filter((command) => command.includes('keel_torch.ray_group'))).toHaveLength(1);
    expect(commands.filter((command) => command.includes(lab.ray.token))).toEqual([]);
    // Another node on this machine unpacks Ray's package again: whoever worked in the old folder would have none.
    const parts = [...lab.ray.processes('keel_driver.py'), ...lab.ray.processes('keel_torch.ray_group')];
    const folders = [...parts, ...lab.ray.workers()].map((pid) => readlinkSync(`/proc/${pid}/cwd`));
    expect(folders.length).toBeGreaterThanOrEqual(4);
    expect(folders.filter((folder) => folder.includes('runtime_resources'))).toEqual([]);
    const engines = ofProcesses('environ', lab.ray.processes('engine/process.ts'));
    expect(engines.length).toBeGreaterThan(0);
    expect(engines.filter((environment) => environment.includes('RAY_AUTH'))).toEqual([]);
    await desk.until(run, ({ state }) => state === 'finished');
    expect(filesWith(desk.home, lab.ray.token)).toEqual([]);
    expect(filesWith(join(lab.ray.home, '..'), lab.ray.token)).toEqual([lab.ray.tokenFile]);
  });

  test('what workers cannot do is refused before there is a run', async () => {
    const refused = async (code: string, work: Promise<unknown>) => {
      expect(await work.then(() => null, fromTypedError)).toMatchObject({ code });
    };
    const before = await desk.client.runs.list({});
    await refused('cluster_too_small', desk.hand(CONFIG, 1, 3));
    const engine = { ...CONFIG.engine, compute_dtype: 'bfloat16' };
    await refused('workers_unsupported', desk.hand({ ...CONFIG, engine }, 1, 2));
    const on = { cluster: 'lab', cpus: 1, gpus: 2, workers: 2 };
    const request = { config: stringify(CONFIG), baseFolder: STARTER_FOLDER, on };
    await refused('workers_gpus', desk.client.runs.start(request));
    await refused('preflight_workers', desk.client.preflight.predict({ ...request, on: { ...on, gpus: 0 } }));
    expect(await desk.client.runs.list({})).toEqual(before);
  });
});

describe.skipIf(PYTHON === undefined)('workers without what they need', () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await openLab(2);
  });

  afterAll(() => lab?.close());

  test('without PyTorch on the cluster, the run ends with the command that installs it', async () => {
    const { id } = await lab.desk.hand(CONFIG, 1, 2);
    const { state, error } = await lab.desk.until(id, isOver);
    expect([state, error?.code]).toEqual(['interrupted', 'cluster_packages_missing']);
    expect(error?.fix).toContain('pip install "ray[default,train]==2.60.0" torch transformers');
  });
});
