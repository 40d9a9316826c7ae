import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { openSafetensors } from '#engine/model/safetensors/open-safetensors.ts';
import { sizeOf } from '#engine/runtime/host-tensor.ts';
import { runEngine } from '../../support/engine-run.ts';
import { freshTinyWorld } from '../../support/fresh-tiny-world.ts';
import { compareKilledRun } from '../../support/killed-run.ts';
import { type TinyWorld, tinyConfigs } from '../../support/tiny-world.ts';

let world: TinyWorld;
beforeAll(async () => {
  const fresh = await freshTinyWorld();
  world = fresh.world;
  return fresh.remove;
});

function configOf(recipe: string, steps: number, dtype: string) {
  const config = tinyConfigs(world, steps)[recipe] as Record<string, object>;
  const judge = { type: 'model', model: world.rewardModel };
  return { ...config, judge, engine: { ...config.engine, frozen_dtype: dtype } };
}

function numbersIn(folder: string): number {
  const file = openSafetensors(join(folder, 'model.safetensors'));
  file.close();
  return [...file.tensors.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

/** The first iteration's metrics by key. */
async function firstIteration(recipe: string, dtype: string): Promise<ReadonlyMap<string, number>> {
  const runFolder = join(world.folder, `${recipe}-${dtype}`);
  mkdirSync(runFolder);
  const { events } = await runEngine({ config: configOf(recipe, 1, dtype), runFolder, resumeFrom: null });
  expect(events.at(-1)).toMatchObject({ kind: 'summary' });
  const told = events.filter((event) => event.kind === 'metrics' && event.step === 1);
  return new Map(told.flatMap((event) => (event.kind === 'metrics' ? event.points : [])).map((p) => [p.key, p.value]));
}

test.each(['apa', 'ppo', 'awr'])(
  '%s: reference, reward model and judge take half the bytes',
  { timeout: 240_000 },
  async (recipe) => {
    const [whole, half] = [await firstIteration(recipe, 'float32'), await firstIteration(recipe, 'float16')];
    const bytes = (rows: ReadonlyMap<string, number>) => rows.get('system/tensor_bytes')!;
    expect(bytes(whole) - bytes(half)).toBe(2 * (numbersIn(world.model) + 2 * numbersIn(world.rewardModel)));
    const losses = [...whole.keys()].filter((key) => key.includes('loss'));
    expect(losses.length).toBeGreaterThan(1);
    expect(losses.map((key) => half.get(key))).not.toEqual(losses.map((key) => whole.get(key)));
  },
);

test('apa trains, and goes on exactly where it was killed', { timeout: 240_000 }, async () => {
  const config = configOf('apa', 6, 'float16');
  const outcome = await compareKilledRun({ config, folder: join(world.folder, 'killed'), kills: 2, seed: 0 });
  expect(outcome.kills).toBeGreaterThan(0);
  expect(outcome.differences).toEqual([]);
});
