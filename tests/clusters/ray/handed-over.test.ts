import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addLab, type Desk, isOver, newHome, openDesk, removeHome, runHere, starterApa } from './cluster-desk.ts';
import { type RayCluster, startRay } from './ray-cluster.ts';

const ITERATIONS = 30;
const CONFIG = starterApa(ITERATIONS, 5);
let ray: RayCluster;
let desk: Desk;

beforeAll(async () => {
  ray = await startRay(2);
  const home = newHome();
  await addLab(home, ray, ray.url);
  desk = await openDesk(home);
});

afterAll(async () => {
  await desk?.close();
  ray?.stop();
  if (desk) removeHome(desk.home);
});

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
