import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { openSafetensors } from '#engine/model/safetensors/open-safetensors.ts';
import { listCheckpoints } from '#engine/session/checkpoint/checkpoints.ts';
import { expectSameRows } from '../../support/close-rows.ts';
import { expectCloseGradients } from '../../support/close-tensors.ts';
import { metricRows, runEngine } from '../../support/engine-run.ts';
import { freshTinyWorld } from '../../support/fresh-tiny-world.ts';
import { hasNative } from '../../support/runtimes.ts';
import { type TinyWorld, tinyConfigs } from '../../support/tiny-world.ts';

const MODES = ['compiled', 'eager'] as const;
type Mode = (typeof MODES)[number];
const RELATIVE = 2e-5;
const RECIPES = ['sft', 'reward-model', 'dpo', 'kto', 'apa', 'ppo', 'awr'];

let world: TinyWorld;
beforeAll(async () => {
  const fresh = await freshTinyWorld();
  world = fresh.world;
  return fresh.remove;
});

/** Two steps of one update each, a checkpoint after either: its first moments are a tenth of the gradients. */
function configOf(recipe: string) {
  const config = tinyConfigs(world, 2)[recipe] as Record<string, object>;
  const one = config.updates ? { updates: { ...config.updates, minibatch_size: 8, num_ppo_epochs: 1 } } : {};
  return { ...config, ...one, checkpoints: { interval_steps: 1 } };
}

async function run(recipe: string, mode: Mode, runFolder: string, resumeFrom: string | null) {
  const { events } = await runEngine({ config: configOf(recipe), runFolder, resumeFrom, mode });
  expect(events.at(-1)).toMatchObject({ kind: 'summary' });
  const rows = metricRows(events);
  // As long as the policy is its own reference, every margin is 0, and its sign is a matter of rounding.
  if (recipe === 'dpo') rows.delete('rewards/accuracies@1');
  // The share of the way to the fixed point is a quotient of log-ratios: at first 0 but for rounding, then still small.
  if (recipe === 'apa') for (const step of [1, 2]) rows.delete(`apa/fixed_point_reached@${step}`);
  return rows;
}

/** Every tensor of every file of a checkpoint, by name. */
function tensorsOf(folder: string): ReadonlyMap<string, Float32Array> {
  const tensors = new Map<string, Float32Array>();
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.safetensors'))) {
    const opened = openSafetensors(join(folder, file));
    for (const name of opened.tensors.keys()) tensors.set(`${file} ${name}`, opened.read(name));
    opened.close();
  }
  return tensors;
}

describe.runIf(hasNative)('compiled and eager steps', () => {
  test.each(RECIPES)(
    '%s: losses and gradients agree, and either goes on from the other',
    { timeout: 240_000 },
    async (recipe) => {
      const folders = Object.fromEntries(MODES.map((mode) => [mode, join(world.folder, `${recipe}-${mode}`)]));
      for (const folder of Object.values(folders)) mkdirSync(folder);
      const [compiled, eager] = [
        await run(recipe, 'compiled', folders.compiled!, null),
        await run(recipe, 'eager', folders.eager!, null),
      ];
      expectSameRows(eager, compiled, 1);
      const [first, other] = MODES.map((mode) => tensorsOf(listCheckpoints(folders[mode]!)[0]!.folder));
      const moments = [...first!.keys()].filter((name) => name.includes('adam_m/'));
      expect(moments.length).toBeGreaterThan(10);
      const gradients = (tensors: ReadonlyMap<string, Float32Array>) =>
        new Map(moments.map((name) => [name, tensors.get(name)!]));
      expectCloseGradients(gradients(other!), gradients(first!), RELATIVE);
      for (const [mode, rows] of [
        ['eager', compiled],
        ['compiled', eager],
      ] as const) {
        const source = folders[mode === 'eager' ? 'compiled' : 'eager']!;
        const folder = join(world.folder, `${recipe}-${mode}-on`);
        const checkpoint = listCheckpoints(source)[0]!.folder;
        const copy = join(folder, basename(checkpoint));
        cpSync(checkpoint, copy, { recursive: true });
        expectSameRows(await run(recipe, mode, folder, copy), rows, 2);
      }
    },
  );
});
