import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startRuntime } from '#engine/runtime/start-runtime.ts';
import { compareKilledRun } from '../../support/killed-run.ts';
import { makeTinyWorld, type TinyWorld, tinyConfigs } from '../../support/tiny-world.ts';

const binding = process.env.KEEL_ENGINE_BINDING || null;
let folder = '';
let world: TinyWorld;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keel-resume-'));
  const runtime = await startRuntime({ binding, mode: 'eager' });
  world = makeTinyWorld(runtime, folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// The full form, 20 kills each, is a part of `npm run acceptance`.
describe('a run killed with SIGKILL and resumed equals one that was not', () => {
  test.each(['sft', 'reward-model', 'apa', 'ppo', 'awr'])('%s', { timeout: 240_000 }, async (recipe) => {
    const outcome = await compareKilledRun({
      config: tinyConfigs(world, 6)[recipe]!,
      folder: join(folder, recipe),
      kills: 2,
      seed: 0,
    });
    expect(outcome.kills).toBeGreaterThan(0);
    expect(outcome.differences).toEqual([]);
  });
});
