import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { freshTinyWorld } from '../../support/fresh-tiny-world.ts';
import { compareKilledRun } from '../../support/killed-run.ts';
import { type TinyWorld, tinyConfigs } from '../../support/tiny-world.ts';

let world: TinyWorld;

beforeAll(async () => {
  const fresh = await freshTinyWorld();
  world = fresh.world;
  return fresh.remove;
});

// The full form, 20 kills each, is a part of `npm run acceptance`.
describe('a run killed with SIGKILL and resumed equals one that was not', () => {
  test.each([
    ...['sft', 'reward-model', 'dpo', 'kto', 'apa', 'ppo', 'awr', 'grpo', 'rloo'],
    ...['a2po', 'online-dpo', 'apa-offline', 'awr-offline'],
  ])('%s', { timeout: 240_000 }, async (recipe) => {
    const outcome = await compareKilledRun({
      config: tinyConfigs(world, 6)[recipe]!,
      folder: join(world.folder, recipe),
      kills: 2,
      seed: 0,
    });
    expect(outcome.kills).toBeGreaterThan(0);
    expect(outcome.differences).toEqual([]);
  });
});
