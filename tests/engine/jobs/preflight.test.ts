import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { Measurement } from '#contract/api/runs/preflight-measurement.ts';
import { resolveRecipeConfig } from '#contract/config/index.ts';
import { freshTinyWorld } from '../../support/fresh-tiny-world.ts';
import { tellOfJob } from '../../support/run-job.ts';
import { runtimeKinds } from '../../support/runtimes.ts';
import { type TinyWorld, tinyConfigs } from '../../support/tiny-world.ts';

let world: TinyWorld;
beforeAll(async () => {
  const fresh = await freshTinyWorld();
  world = fresh.world;
  return fresh.remove;
});

async function bytesByModel(dtype: string): Promise<Measurement['variables']> {
  const runtime = await runtimeKinds[0]!.start();
  const scratch = join(world.folder, dtype);
  mkdirSync(scratch);
  const given = tinyConfigs(world, 2).apa as Record<string, object>;
  const { file } = resolveRecipeConfig({ ...given, engine: { ...given.engine, frozen_dtype: dtype } });
  const size = { batch: null, chunk: null, microBatch: null };
  const most = { collected: 1, evaluated: 8 };
  const whole = { isWhole: false, most, writesCheckpoint: false, standIn: null, locations: {} };
  const { result } = await tellOfJob(runtime, { kind: 'preflight', config: file, size, scratch, ...whole });
  runtime.dispose();
  return (result as Measurement).variables;
}

test('the bytes of frozen models are told as they are stored, those of the others do not change', async () => {
  const [whole, half] = [await bytesByModel('float32'), await bytesByModel('float16')];
  expect(whole.reference).toBe(whole.policy);
  expect(half).toEqual({ ...whole, reference: whole.reference! / 2, reward: whole.reward! / 2 });
});
