import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bool, float32 } from '#engine/runtime/host-tensor.ts';
import type { Runtime } from '#engine/runtime/types.ts';
import { nextTokenLoss } from '#engine/update/losses/next-token.ts';
import { expectArray } from '../../../support/apa-vectors.ts';
import { differentiate } from '../../../support/loss-gradient.ts';
import { runtimeKinds } from '../../../support/runtimes.ts';

const masked = (values: readonly boolean[]) => bool(values, [1, values.length]);

describe.each([...runtimeKinds])('on $kind', ({ start }) => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await start();
  });
  afterAll(() => runtime.dispose());

  test('mean over the trained tokens only', () => {
    const leaves = { logprobs: float32([-1, -1e30, -3], [1, 3]) };
    const inputs = {
      trainedMask: masked([true, false, true]),
      hits: float32([1, 1, 0], [1, 3]),
    };
    const got = differentiate(runtime, leaves, inputs, (all) => nextTokenLoss(all as never));
    expect(got.loss).toBe(2);
    expectArray(got.gradients.logprobs!, [-0.5, 0, -0.5]);
    expect(got.stats).toEqual({ mean_token_accuracy: 0.5, count: 2 });
  });

  test('nothing to train on gives 0, not NaN', () => {
    const got = differentiate(runtime, { logprobs: float32([-1], [1, 1]) }, { trainedMask: masked([false]) }, (all) =>
      nextTokenLoss(all as never),
    );
    expect(got.loss).toBeCloseTo(0, 12);
    expect(got.gradients.logprobs![0]).toBeCloseTo(0, 12);
  });
});
