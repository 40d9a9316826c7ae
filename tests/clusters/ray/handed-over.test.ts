import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { STARTER_FOLDER } from '../../../src-main/runs/host/demo.ts';
import { type Desk, isOver, type Lab, openLab, runHere, starterApa } from './cluster-desk.ts';

const ITERATIONS = 30;
const CONFIG = starterApa(ITERATIONS, 5);
let lab: Lab;
let desk: Desk;

beforeAll(async () => {
  lab = await openLab(2);
  desk = lab.desk;
});

afterAll(() => lab?.close());

/** Milliseconds from a command to the state that answers it. */
async function answered(command: () => Promise<unknown>, answer: Promise<unknown>): Promise<number> {
  const start = performance.now();
  await command();
  await answer;
  return performance.now() - start;
}

test('a run on a cluster streams, pauses, takes a change, stops, resumes and exports; every value is that of a local run', async () => {
  const { client } = desk;
  const { id: run, folder } = await desk.hand(CONFIG);
  await desk.until(run, ({ lastStep }) => (lastStep ?? 0) >= 2);

  const paused = desk.until(run, ({ state }) => state === 'paused');
  const toPause = await answered(() => client.runs.pause({ run }), paused);
  await client.runs.set({ run, path: 'method.apa_lambda', value: 0.25 });
  const going = desk.until(run, ({ state }) => state === 'running');
  const toGoOn = await answered(() => client.runs.unpause({ run }), going);
  const { lastStep: before } = await paused;
  await desk.until(run, ({ lastStep }) => (lastStep ?? 0) >= (before ?? 0) + 2);
  const stopped = desk.until(run, isOver);
  await client.runs.stop({ run });
  expect((await stopped).state).toBe('stopped');
  const half = await client.runs.get({ run });
  expect(half.lastStep).toBeLessThan(ITERATIONS);
  // The stop wrote a checkpoint of the last step, and it is here.
  expect(Math.max(...half.checkpoints.map(({ step }) => step))).toBe(half.lastStep);

  await client.runs.resume({ run });
  await desk.until(run, ({ state }) => state === 'finished');
  const whole = await client.runs.get({ run });
  expect(whole.changes).toEqual([{ step: expect.any(Number), path: 'method.apa_lambda', value: 0.25 }]);
  expect(whole.attempts.map(({ resumedFrom }) => resumedFrom)).toEqual([null, half.lastStep]);
  expect(await desk.values(run)).toEqual(await runHere(CONFIG, whole.changes));

  const record = whole.attempts.map(({ device }) => device);
  expect(record).toEqual([0, 1].map(() => expect.objectContaining({ cluster: 'lab', cpus: 1, offline: false })));
  expect(record[0]?.node).toMatch(/./);
  expect(readFileSync(join(folder, 'artifacts', 'policy', 'config.json'), 'utf8')).toContain('llama');

  const exported = join(desk.home, 'exported');
  const messages = await client.jobs.export({ run, folder: '.', out: exported, format: 'hf' });
  let verified: unknown = null;
  for await (const message of messages) if (message.kind === 'result') verified = message.result;
  expect(verified).not.toBeNull();
  expect(existsSync(join(exported, 'model.safetensors'))).toBe(true);
  console.log(`pause answered in ${Math.round(toPause)} ms, resume in ${Math.round(toGoOn)} ms`);
  // Ray looks at a job's log once a second, and all processors are busy here.
  expect(Math.min(toPause, toGoOn)).toBeLessThan(10_000);
});

const ADAPTED = {
  ...starterApa(8, 3),
  adapter: { peft_type: 'lora', r: 4, lora_alpha: 8, target_modules: ['all-linear'] },
};

/** The base that the policy of a run names, as a folder of this machine. */
function baseOf(folder: string): string {
  const policy = join(folder, 'artifacts', 'policy');
  const { base_model_name_or_path: base } = JSON.parse(readFileSync(join(policy, 'adapter_config.json'), 'utf8'));
  return realpathSync(resolve(policy, base));
}

test('adapters are trained there as here, name the base that is here, and are trained on', async () => {
  const { client } = desk;
  const begin = async (config: object, isAway: boolean) => {
    if (isAway) return desk.hand(config);
    return client.runs.start({ config: stringify(config), baseFolder: STARTER_FOLDER });
  };
  const finished = async (config: object, isAway: boolean) => {
    const { id, folder } = await begin(config, isAway);
    await desk.until(id, ({ state }) => state === 'finished');
    return { id, folder, values: await desk.values(id) };
  };
  const [away, here] = await Promise.all([finished(ADAPTED, true), finished(ADAPTED, false)]);
  expect(away.values).toEqual(here.values);
  const weights = (folder: string) => readFileSync(join(folder, 'artifacts/policy/adapter_model.safetensors'));
  expect(weights(away.folder).equals(weights(here.folder))).toBe(true);
  expect([baseOf(away.folder), baseOf(here.folder)]).toEqual(
    [0, 1].map(() => realpathSync(join(STARTER_FOLDER, 'policy'))),
  );

  // From the adapter that came back, and from the one that never left.
  const on = ({ id }: { readonly id: string }) => ({ ...ADAPTED, model: `run:${id}/policy` });
  const [second, secondHere] = await Promise.all([finished(on(away), true), finished(on(here), false)]);
  expect(second.values).toEqual(secondHere.values);
  expect(baseOf(second.folder)).toBe(realpathSync(join(STARTER_FOLDER, 'policy')));
});
