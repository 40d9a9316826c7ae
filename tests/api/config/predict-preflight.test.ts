import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { openSafetensors } from '#engine/model/safetensors/open-safetensors.ts';
import { libraryHost } from '../../library/library-host.ts';
import { runEngine } from '../../support/engine-run.ts';
import { freshTinyWorld } from '../../support/fresh-tiny-world.ts';
import { hasNative } from '../../support/runtimes.ts';
import { type TinyWorld, tinyConfigs } from '../../support/tiny-world.ts';

let world: TinyWorld;
let parameters: number;
beforeAll(async () => {
  const fresh = await freshTinyWorld();
  world = fresh.world;
  const file = openSafetensors(join(world.model, 'model.safetensors'));
  const sizes = [...file.tensors.values()].map(({ shape }) => shape.reduce((size, axis) => size * axis, 1));
  parameters = sizes.reduce((sum, size) => sum + size, 0);
  file.close();
  return fresh.remove;
});

const R = 2;
/** r (inputs + outputs) of the four matrices of two layers of width 32. */
const ADAPTER = 2 * R * (32 + 96 + (32 + 32) + (32 + 128) + (128 + 32));
const LORA = { peft_type: 'lora', r: R };

async function predict(config: object, overrides: readonly string[] = []) {
  const { client } = libraryHost();
  const request = { config: JSON.stringify(config), baseFolder: world.folder, overrides: [...overrides] };
  return (await client.preflight.predict(request)).stages;
}

const bytesOf = (
  memory: { readonly parts: readonly { name: string; bytes: number }[] } | null | undefined,
  part: string,
) => memory?.parts.find(({ name }) => name === part)?.bytes;

test('all weights of policy and critic: what is trained, and how large a checkpoint is', async () => {
  const [stage] = await predict(tinyConfigs(world, 4).apa!);
  expect(stage).toMatchObject({ stage: null, recipe: 'apa', problem: null });
  expect(stage?.memory).toMatchObject({ parameters, trained: 2 * parameters, tokens: 96, fits: true, remedies: [] });
  expect(bytesOf(stage?.memory, 'optimizer')).toBe(8 * 2 * parameters);
});

test.runIf(hasNative).each([['none'], ['lora']])(
  'a checkpoint of a run with peft_type %s is as large as predicted, within a quarter',
  { timeout: 240_000 },
  async (kind) => {
    const config = { ...tinyConfigs(world, 1).apa!, adapter: { ...LORA, peft_type: kind, r: 16 } };
    const [stage] = await predict(config);
    const runFolder = join(world.folder, `run-${kind}`);
    mkdirSync(runFolder);
    const { events } = await runEngine({ config, runFolder, resumeFrom: null });
    expect(events.at(-1)?.kind).toBe('summary');
    const [name] = readdirSync(runFolder).filter((one) => one.startsWith('checkpoint-'));
    const files = readdirSync(join(runFolder, name!)).filter((one) => one.endsWith('.safetensors'));
    const bytes = files.reduce((sum, file) => sum + statSync(join(runFolder, name!, file)).size, 0);
    expect(Math.abs(stage!.memory!.checkpointBytes / bytes - 1)).toBeLessThan(0.25);
  },
);

test('a pipeline of adapters shares the base, and a stage whose model is not there yet says so', async () => {
  const { sft, 'reward-model': reward, apa } = tinyConfigs(world, 4);
  const without = ({ recipe: _, engine: __, ...rest }: Readonly<Record<string, unknown>>) => ({
    ...rest,
    adapter: LORA,
  });
  const stages = await predict({
    recipe: 'pipeline',
    stages: {
      sft: without(sft!),
      reward_model: { ...without(reward!), model: 'stage:sft/policy' },
      apa: {
        ...without(apa!),
        model: 'stage:sft/policy',
        reward: { type: 'model', model: 'stage:reward_model/reward_model' },
      },
    },
  });
  expect(stages.map(({ stage, memory }) => [stage, memory?.trained])).toEqual([
    ['sft', ADAPTER],
    ['reward_model', ADAPTER],
    ['apa', 2 * ADAPTER],
  ]);
  // One base, the adapters of policy and critic, and that of the reward model.
  expect(bytesOf(stages[2]?.memory, 'weights')).toBe(4 * (parameters + 3 * ADAPTER));

  const corpus = [world.demonstrations];
  const [made] = await predict({
    recipe: 'pipeline',
    stages: { model_init: { corpus }, sft: { ...without(sft!), model: 'stage:model_init/model' } },
  });
  expect(made?.memory).toBeNull();
  expect(made?.problem).toContain('The model of the stage model_init does not exist yet');
});

test('a config that does not fit comes with changes that save memory', async () => {
  const big = ['updates.minibatch_size=65536', 'rollouts.num_rollouts=65536', 'data.max_length=96'];
  const [stage] = await predict(tinyConfigs(world, 4).apa!, big);
  expect(stage?.memory?.fits).toBe(false);
  const [first, second] = stage!.memory!.remedies;
  expect(first).toMatchObject({ field: 'engine.micro_batch_size', value: 1 });
  expect(first!.peakBytes).toBeLessThan(second!.peakBytes);
});
