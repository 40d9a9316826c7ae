import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { KeelError } from '#contract/errors.ts';
import { openWeightFile } from '#engine/model/safetensors/weight-files.ts';
import { writeSafetensors } from '#engine/model/safetensors/write-safetensors.ts';
import { seededGenerator } from '#engine/runtime/host-random.ts';
import type { StoredDtype } from '#engine/runtime/stored/stored-dtype.ts';
import type { Runtime } from '#engine/runtime/types.ts';
import { openCritic, openFrozenReward, openPolicy, openReference } from '#engine/session/open-models.ts';
import { freshTinyWorld } from '../../support/fresh-tiny-world.ts';
import { runtimeKinds } from '../../support/runtimes.ts';
import { scoreRandomTokens } from '../../support/score-random-tokens.ts';
import type { TinyWorld } from '../../support/tiny-world.ts';

/** Nats a token, as docs/decisions/0013 has it; 0.0013 was measured. */
const BOUND = 0.005;

let world: TinyWorld;
beforeAll(async () => {
  const fresh = await freshTinyWorld();
  world = fresh.world;
  return fresh.remove;
});

/** A copy of a folder with one weight of its last tensor replaced: those before it are made by then. */
function withWeight(folder: string, copy: string, weight: number): string {
  cpSync(folder, copy, { recursive: true });
  const files = openWeightFile(join(folder, 'model.safetensors'));
  const stored = [...files.tensors.values()];
  const tensors = stored.map(({ name, shape }, index) => {
    const values = files.read(name);
    if (index === stored.length - 1) values[0] = weight;
    return { name, shape, read: () => values };
  });
  files.close();
  writeSafetensors(join(copy, 'model.safetensors'), tensors);
  return copy;
}

function codeOf(action: () => unknown): string | null {
  try {
    action();
  } catch (error) {
    return error instanceof KeelError ? error.code : String(error);
  }
  return null;
}

describe.each(runtimeKinds)('frozen models, $kind', ({ start }) => {
  let runtime: Runtime;
  const locate = (reference: string) => reference;
  beforeAll(async () => {
    runtime = await start();
  });
  afterEach(() => runtime.variables.remove(''));
  afterAll(() => runtime.dispose());

  /** Names below a prefix whose values are not those below another one, rounded to float16 or as they are. */
  function differing(prefix: string, other: string, change = (data: Float32Array): ArrayLike<number> => data) {
    const { variables } = runtime;
    const names = variables.names(`${other}/`).map((name) => name.slice(other.length));
    expect(variables.names(`${prefix}/`)).toEqual(names.map((name) => prefix + name));
    return names.filter((name) => {
      const wanted = change(variables.read(other + name).data);
      return variables.read(prefix + name).data.some((value, index) => !Object.is(value, wanted[index]));
    });
  }
  const rounded = (data: Float32Array) => new Float16Array(data);
  const bytesBelow = (prefix: string) =>
    runtime.variables.names(`${prefix}/`).reduce((sum, name) => sum + runtime.variables.bytesOf(name), 0);
  it('are float32 or rounded to float16, whether copied or loaded', () => {
    const context = { runtime, locate };
    const policy = openPolicy(context, world.model, null);
    for (const folder of [null, join(world.folder, 'same')]) {
      if (folder) cpSync(world.model, folder, { recursive: true });
      openReference(context, policy, folder, 'float32');
      expect(differing('reference', 'policy')).toEqual([]);
      expect(bytesBelow('reference')).toBe(bytesBelow('policy'));
      runtime.variables.remove('reference/');
      openReference(context, policy, folder, 'float16');
      expect(differing('reference', 'policy', rounded)).toEqual([]);
      expect(bytesBelow('reference')).toBe(bytesBelow('policy') / 2);
      runtime.variables.remove('reference/');
    }
    openFrozenReward(context, world.rewardModel, 'reward', 'float32');
    openFrozenReward(context, world.rewardModel, 'judge', 'float16');
    expect(differing('judge', 'reward', rounded)).toEqual([]);
    expect(differing('judge', 'reward').length).toBeGreaterThan(0);
    expect(bytesBelow('judge')).toBe(bytesBelow('reward') / 2);
  });

  it('leave nothing behind where a weight is too large', () => {
    const context = { runtime, locate };
    const large = withWeight(world.model, join(world.folder, 'large'), 1e5);
    const policy = openPolicy(context, large, null);
    const { memory, variables } = runtime;
    const before = memory();
    expect(codeOf(() => openReference(context, policy, null, 'float16'))).toBe('weights_exceed_half');
    expect(memory()).toEqual(before);
    runtime.variables.remove('policy/');
    const small = openPolicy(context, world.model, null);
    expect(codeOf(() => openReference(context, small, large, 'float16'))).toBe('weights_exceed_half');
    const reward = withWeight(world.rewardModel, join(world.folder, 'large-reward'), -1e5);
    expect(codeOf(() => openFrozenReward(context, reward, 'reward', 'float16'))).toBe('weights_exceed_half');
    expect(variables.names().filter((name) => !name.startsWith('policy/'))).toEqual([]);
    expect(codeOf(() => openReference(context, small, large, 'float32'))).toBeNull();
  });

  it('stay as they are where they are opened a second time, which is a bug', () => {
    const context = { runtime, locate };
    const policy = openPolicy(context, world.model, null);
    openReference(context, policy, null, 'float16');
    expect(codeOf(() => openReference(context, policy, null, 'float16'))).toContain('already exists');
    expect(differing('reference', 'policy', rounded)).toEqual([]);
  });

  function score(name: string, stored: StoredDtype) {
    const context = { runtime, locate };
    const policy = openPolicy(context, world.model, null);
    openReference(context, policy, null, stored);
    const critic = openCritic(context, world.model, { kind: 'value', seed: 0 });
    const models = { policy: policy.model, critic: critic.model };
    const tokens = { rows: 16, prompt: 24, response: 24 };
    const scores = scoreRandomTokens(runtime, name, models, tokens, seededGenerator(0, 'half'));
    runtime.variables.remove('');
    return scores;
  }

  it('give log-probs as float16 that are close to those of float32, and not equal', () => {
    const [whole, half] = [score('whole', 'float32'), score('half', 'float16')];
    expect(runtime.graphStatistics().fallbacks).toEqual([]);
    const errors = half.refLogprobs.data.map((value, index) => Math.abs(value - whole.refLogprobs.data[index]!));
    const worst = Math.max(...errors);
    expect(worst).toBeGreaterThan(0);
    expect(worst).toBeLessThan(BOUND);
    expect([...half.policyLogprobs!.data]).toEqual([...whole.policyLogprobs!.data]);
    expect([...half.values!.data]).toEqual([...whole.values!.data]);
  });
});
