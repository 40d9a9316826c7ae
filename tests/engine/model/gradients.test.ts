import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadLanguageModel } from '#engine/model/load-model.ts';
import { plainWeights } from '#engine/model/weights.ts';
import type { FloatHost } from '#engine/runtime/host-tensor.ts';
import { valueAndGradients } from '#engine/runtime/ops/gradients.ts';
import { labelLogprobs } from '#engine/runtime/ops/log-softmax.ts';
import { tf } from '#engine/runtime/tf.ts';
import type { Runtime, Tensor } from '#engine/runtime/types.ts';
import { GOLDEN_MODELS, goldenBatch } from '../../support/golden-models.ts';
import { maskedMean } from '../../support/masked-mean.ts';
import { runtimeKinds } from '../../support/runtimes.ts';

interface Expected {
  readonly loss: number;
  /** Norm of the gradient, and the sum of g_i cos(i). */
  readonly tensors: Readonly<Record<string, readonly [norm: number, projection: number]>>;
}

/** What torch computes; see tests/golden/make_gradients.py. */
const expected = JSON.parse(readFileSync(join(import.meta.dirname, '../../golden/gradients.json'), 'utf8')) as Readonly<
  Record<string, Expected>
>;
const RELATIVE = 1e-4;

function normAndProjection(values: Float32Array): [norm: number, projection: number] {
  let [squares, projection] = [0, 0];
  values.forEach((value, index) => {
    squares += value * value;
    projection += value * Math.cos(index);
  });
  return [Math.sqrt(squares), projection];
}

// The other kinds run the same operations, and differentiate the same functions.
describe.each(runtimeKinds.slice(0, 1))('gradients of torch, $kind', ({ start }) => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await start();
  });
  afterAll(() => runtime.dispose());

  it.each(Object.keys(expected))('%s: loss and the gradient of every tensor', (name) => {
    const model = loadLanguageModel(runtime.variables, name, join(GOLDEN_MODELS, name));
    const names = runtime.variables.names(`${name}/`);
    const { batch } = goldenBatch(name);
    const [b, t] = batch.ids.shape as [number, number];
    const step = runtime.compile(`gradients ${name}`, (variables, inputs) => {
      const { loss, gradients } = valueAndGradients(variables, names, (weights) => {
        const own = plainWeights(name)(weights);
        const columns = { from: 0, count: t - 1 };
        const { hidden } = model.forward(own, inputs as never, { columns });
        const labels = tf.slice(inputs.ids!, [0, 1], [b, t - 1]) as Tensor;
        const counted = tf.slice(inputs.attentionMask!, [0, 0], [b, t - 1]) as Tensor;
        return { loss: tf.neg(maskedMean(labelLogprobs(model.logits(own, hidden), labels), counted)), aux: {} };
      });
      return { loss, ...gradients };
    });
    const result = step({ ...batch });
    const { loss, tensors } = expected[name]!;
    expect((result.loss as FloatHost).data[0]).toBeCloseTo(loss, 4);
    expect(names.map((full) => full.slice(name.length + 1)).sort()).toEqual(Object.keys(tensors).sort());
    for (const [tensor, [norm, projection]] of Object.entries(tensors)) {
      const [actualNorm, actualProjection] = normAndProjection((result[`${name}/${tensor}`] as FloatHost).data);
      expect(Math.abs(actualNorm - norm), `${tensor}: norm`).toBeLessThanOrEqual(RELATIVE * norm + 1e-6);
      expect(Math.abs(actualProjection - projection), `${tensor}: projection`).toBeLessThanOrEqual(
        RELATIVE * norm + 1e-6,
      );
    }
    runtime.variables.remove(`${name}/`);
  });
});
