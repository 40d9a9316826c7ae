import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { resolveRecipeConfig } from '#contract/config/index.ts';
import { jobSchema } from '#engine/protocol.ts';
import { GraphBuilder } from '#engine/runtime/graph/graph-builder.ts';
import { expectSameRows } from '../../support/close-rows.ts';
import { metricRows, runJob } from '../../support/engine-run.ts';
import { freshTinyWorld } from '../../support/fresh-tiny-world.ts';
import { compareKilledRun } from '../../support/killed-run.ts';
import { tellOfJob } from '../../support/run-job.ts';
import { hasNative, nativeKinds } from '../../support/runtimes.ts';
import { type TinyWorld, tinyConfigs } from '../../support/tiny-world.ts';

const LAYERS = 2;

let world: TinyWorld;
beforeAll(async () => {
  const fresh = await freshTinyWorld();
  world = fresh.world;
  return fresh.remove;
});

function configOf(recipe: string, steps: number, recomputes: boolean) {
  const config = tinyConfigs(world, steps)[recipe] as Record<string, object>;
  return { ...config, engine: { ...config.engine, recompute_activations: recomputes } };
}

/** Runs two steps in this process; `repeated` are the layers that each graph computes twice, of those that do. */
async function run(recipe: string, recomputes: boolean) {
  const runFolder = join(world.folder, `${recipe}-${recomputes}`);
  mkdirSync(runFolder);
  const { file } = resolveRecipeConfig(configOf(recipe, 2, recomputes));
  const runtime = await nativeKinds.find(({ kind }) => kind === 'compiled')!.start();
  const add = vi.spyOn(GraphBuilder.prototype, 'add');
  const { told } = await tellOfJob(runtime, jobSchema.parse(runJob({ runFolder, resumeFrom: null }, file)));
  const repeated = new Map<GraphBuilder, number>();
  for (const [index, [{ op, controls = [], name }]] of add.mock.calls.entries()) {
    const graph = add.mock.contexts[index] as GraphBuilder;
    // Outputs have names; a loop's nodes lie in its frame.
    const isAgain = op === 'Identity' && controls.length > 0 && !name && controls[0]!.frame === null;
    if (isAgain) repeated.set(graph, (repeated.get(graph) ?? 0) + 1);
  }
  add.mockRestore();
  expect(runtime.graphStatistics().fallbacks).toEqual([]);
  runtime.dispose();
  return { rows: metricRows(told), repeated: [...repeated.values()] };
}

describe.runIf(hasNative)('runs whose updates compute their layers twice', () => {
  test.each([
    ['sft', 1],
    ['reward-model', 1],
    ['dpo', 1],
    ['kto', 1],
    ['apa', 2],
    ['ppo', 2],
    ['awr', 2],
  ] as const)('%s: do so in each of their %d models, and tell the same', async (recipe, models) => {
    const [plain, again] = [await run(recipe, false), await run(recipe, true)];
    expect(plain.repeated).toEqual([]);
    expect(again.repeated.length).toBeGreaterThan(0);
    expect(new Set(again.repeated)).toEqual(new Set([models * LAYERS]));
    for (const step of [1, 2]) expectSameRows(again.rows, plain.rows, step);
  });

  test.each(['sft', 'apa'])('%s: go on exactly after a kill', { timeout: 240_000 }, async (recipe) => {
    const folder = join(world.folder, `${recipe}-killed`);
    const outcome = await compareKilledRun({ config: configOf(recipe, 4, true), folder, kills: 1, seed: 0 });
    expect(outcome.kills).toBeGreaterThan(0);
    expect(outcome.differences).toEqual([]);
  });
});
