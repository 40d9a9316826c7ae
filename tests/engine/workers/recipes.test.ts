import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RECIPE_NAMES, resolveRecipeConfig } from '#contract/config/index.ts';
import { createHandOver } from '#engine/jobs/hand-over.ts';
import { loadRecipe } from '#engine/jobs/load-recipe.ts';
import type { Runtime } from '#engine/runtime/types.ts';
import type { Recipe } from '#engine/session/context.ts';
import { type Channel, openChannel } from '#engine/workers/channel.ts';
import { createWorkerRuntime } from '#engine/workers/worker-runtime.ts';
import { metricRows, runJob } from '../../support/engine-run.ts';
import { freshTinyWorld } from '../../support/fresh-tiny-world.ts';
import { tellOfJob } from '../../support/run-job.ts';
import { runtimeKinds } from '../../support/runtimes.ts';
import { type TinyWorld, tinyConfigs } from '../../support/tiny-world.ts';
import { PYTHON, startGroup, type WorkerGroup } from '../../support/worker-group.ts';

const COUNT = 2;
type Config = Readonly<Record<string, unknown>>;

/** Counts of which of two equal numbers is larger, and quotients of what is zero but for rounding. */
const OF_NOISE = /rewards\/accuracies@0$|^apa\/fixed_point_reached@1$/;

const isNear = (got: number, want: number) =>
  Object.is(got, want) || Math.abs(got - want) <= 1e-5 + 2e-5 * Math.abs(want);

/** One update, so that all that is reported of the first step precedes it. */
function oneUpdate(world: TinyWorld, recipe: string): Config {
  const config = tinyConfigs(world, 1)[recipe] as Record<string, Record<string, unknown>>;
  if (!config.updates) return { ...config, engine: { ...config.engine, micro_batch_size: 2 } };
  return {
    ...config,
    updates: { ...config.updates, minibatch_size: 8, num_ppo_epochs: 1 },
    engine: { ...config.engine, micro_batch_size: 4 },
  };
}

describe.runIf(PYTHON)('each recipe on workers (KEEL_TEST_PYTHON)', () => {
  let world: TinyWorld;
  let group: WorkerGroup;
  let channel: Channel;
  const removals: (() => unknown)[] = [];
  beforeAll(async () => {
    const fresh = await freshTinyWorld();
    world = fresh.world;
    group = startGroup(COUNT);
    channel = await openChannel(group.workers.folder, 1, async () => undefined);
    removals.push(fresh.remove);
  }, 120_000);
  afterAll(async () => {
    channel?.close();
    await group?.end();
    for (const remove of removals) remove();
  });

  async function rowsOf(name: string, config: Config, runtimeOf: (local: Runtime) => Runtime) {
    const runFolder = join(world.folder, name);
    mkdirSync(runFolder, { recursive: true });
    const local = await runtimeKinds[0]!.start();
    try {
      const job = runJob({ runFolder, resumeFrom: null }, resolveRecipeConfig(config).file);
      return metricRows((await tellOfJob(runtimeOf(local), job as never)).told);
    } finally {
      local.dispose();
    }
  }

  it.each(RECIPE_NAMES)('%s: the first step is that of Keel', { timeout: 240_000 }, async (recipe) => {
    const config = oneUpdate(world, recipe);
    const own = await rowsOf(`${recipe}-own`, config, (local) => local);
    const run = { recipe, config: resolveRecipeConfig(config).config, count: COUNT };
    const theirs = await rowsOf(`${recipe}-theirs`, config, (local) => createWorkerRuntime(channel, local, run));
    const keysOf = (rows: ReadonlyMap<string, number>) => [...rows.keys()].filter((key) => !OF_NOISE.test(key)).sort();
    expect(keysOf(theirs)).toEqual(keysOf(own));
    // What follows the update differs by the rounding of AdamW's quotient, where a gradient is nearly zero.
    const before = keysOf(own).filter((key) => /@[01]$/.test(key) && !/^eval.*@1$/.test(key));
    const far = before.filter((key) => !isNear(theirs.get(key)!, own.get(key)!));
    expect(before.length).toBeGreaterThan(3);
    expect(far.map((key) => [key, own.get(key), theirs.get(key)])).toEqual([]);
  });

  it.each(RECIPE_NAMES)('%s: the check on the starter passes', { timeout: 240_000 }, async (recipe) => {
    const local = await runtimeKinds[0]!.start();
    try {
      const { file } = resolveRecipeConfig(tinyConfigs(world, 1)[recipe]!);
      const page = (await loadRecipe(recipe)) as Recipe<unknown>;
      const check = createHandOver(page, file, local, join(world.folder, `check-${recipe}`));
      const found = await check((config) => createWorkerRuntime(channel, local, { recipe, config, count: COUNT }));
      expect(found.length).toBeGreaterThan(1);
      expect(found.every(({ own }) => Number.isFinite(own))).toBe(true);
    } finally {
      local.dispose();
    }
  });
});

it.skipIf(PYTHON)('workers were not asked: set KEEL_TEST_PYTHON to a Python with torch and transformers', () => {});
