import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadLanguageModel, loadValueModel } from '#engine/model/load-model.ts';
import { type ModelWeights, plainWeights } from '#engine/model/weights.ts';
import { bool, int32 } from '#engine/runtime/host-tensor.ts';
import { valueAndGradients } from '#engine/runtime/ops/gradients.ts';
import { labelLogprobs } from '#engine/runtime/ops/log-softmax.ts';
import { tf } from '#engine/runtime/tf.ts';
import type { Runtime, Tensor, TensorRecord } from '#engine/runtime/types.ts';
import { expectCloseSteps } from '../../support/close-tensors.ts';
import { leakOf } from '../../support/leak-check.ts';
import { inShort } from '../../support/long-form.ts';
import { runtimeKinds } from '../../support/runtimes.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/models');
const FAMILIES = [
  'gpt-neox',
  'gpt-neox-serial',
  'gpt2-tied',
  'llama-grouped',
  'qwen2-window',
  'qwen3',
  'gemma3',
  'ministral3',
  'olmo3',
  'smollm3',
];
// Longer than the window of qwen2-window, so that the layers' biases differ.
const [B, T, R] = [2, 12, 5];
const ids = Int32Array.from({ length: B * T }, (_, index) => 11 + ((7 * index) % 150));
const INPUTS = {
  ids: int32(ids, [B, T]),
  positions: int32(
    Array.from({ length: B * T }, (_, index) => Math.max(0, index < T ? index - 2 : index - T)),
    [B, T],
  ),
  attentionMask: bool([false, false, ...Array<boolean>(B * T - 2).fill(true)], [B, T]),
  responseIds: int32([...ids.slice(T - R, T), ...ids.slice(2 * T - R)], [B, R]),
};
const RELATIVE = 1e-6;

type Loss = (weights: ModelWeights, inputs: TensorRecord, recomputes: boolean) => Tensor;

describe.each(runtimeKinds)('layers that are computed again for the gradient, $kind', ({ kind, start }) => {
  const families = inShort(FAMILIES, (_, index) => kind === 'compiled' || index % 4 === 0);
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await start();
  });
  afterAll(() => runtime.dispose());

  /** Loss and every gradient with and without, and nothing left behind. */
  function expectSameGradients(prefix: string, loss: Loss): void {
    const names = runtime.variables.names(`${prefix}/`);
    const [plain, again] = [false, true].map((recomputes) =>
      runtime.compile(`${prefix} ${recomputes}`, (variables, inputs) => {
        const result = valueAndGradients(variables, names, (weights) => ({
          loss: loss(plainWeights(prefix)(weights), inputs, recomputes),
          aux: {},
        }));
        return { loss: result.loss, ...result.gradients };
      }),
    );
    const wanted = plain!(INPUTS);
    expect(
      leakOf(runtime, 2, () => {
        expectCloseSteps(again!(INPUTS), wanted, RELATIVE);
      }),
    ).toBe(0);
    expect(runtime.graphStatistics().fallbacks).toEqual([]);
    expect(names.length).toBeGreaterThan(10);
  }

  test.each(families)('%s: loss and gradients of all columns are the same', (family) => {
    const model = loadLanguageModel(runtime.variables, family, join(FIXTURES, family));
    expectSameGradients(family, (weights, inputs, recomputes) => {
      const { hidden, cache } = model.forward(weights, inputs as never, { recomputes });
      expect(cache.length).toBe(recomputes ? 0 : model.config.layers);
      return tf.neg(tf.mean(labelLogprobs(model.logits(weights, hidden), inputs.ids!)));
    });
  });

  test.each(families)('%s: loss and gradients of some columns are the same', (family) => {
    const prefix = `${family}-columns`;
    const model = loadLanguageModel(runtime.variables, prefix, join(FIXTURES, family));
    const columns = { from: T - R - 1, count: R };
    expectSameGradients(prefix, (weights, inputs, recomputes) => {
      const { hidden } = model.forward(weights, inputs as never, { columns, recomputes });
      return tf.neg(tf.mean(labelLogprobs(model.logits(weights, hidden), inputs.responseIds!)));
    });
  });

  test('a value model: values of all columns and of the response', () => {
    for (const part of ['all', 'response']) {
      const model = loadValueModel(runtime.variables, part, join(FIXTURES, 'gpt-neox-score'));
      expectSameGradients(part, (weights, inputs, recomputes) => {
        const values =
          part === 'all'
            ? model.values(weights, inputs as never, { recomputes })
            : model.responseValues(weights, inputs as never, inputs.responseIds!, { recomputes });
        return tf.mean(tf.square(tf.sub(values, 1)));
      });
    }
  });
});
