import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bool, float32, type HostTensor, int32 } from '#engine/runtime/host-tensor.ts';
import { gelu, geluTanh, silu } from '#engine/runtime/ops/activations.ts';
import { attention, attentionBias, rotaryEmbedding } from '#engine/runtime/ops/attention.ts';
import { biasAdd } from '#engine/runtime/ops/bias-add.ts';
import { embeddingLookup } from '#engine/runtime/ops/embedding-lookup.ts';
import { crossEntropy, entropyAndLogprobs, labelLogprobs } from '#engine/runtime/ops/log-softmax.ts';
import { maskedSum, scaledOrZero } from '#engine/runtime/ops/masked.ts';
import { layerNorm, rmsNorm } from '#engine/runtime/ops/normalization.ts';
import { select } from '#engine/runtime/ops/select.ts';
import { tf } from '#engine/runtime/tf.ts';
import type { HostRecord, Runtime, Tensor, TensorRecord } from '#engine/runtime/types.ts';
import { gradientError } from '../../../support/gradient-check.ts';
import { expectNoLeaks } from '../../../support/leak-check.ts';
import { runtimeKinds } from '../../../support/runtimes.ts';

const TOLERANCE = 1e-5;
const GRADIENT_TOLERANCE = 3e-4;

describe.each(runtimeKinds)('ops, $kind', ({ start }) => {
  let runtime: Runtime;
  let count = 0;
  beforeAll(async () => {
    runtime = await start();
  });
  afterAll(() => runtime.dispose());

  function run(f: (x: TensorRecord) => Tensor, inputs: HostRecord): HostTensor {
    count += 1;
    const result = runtime.compile(`op ${count}`, (_, x) => ({ result: f(x) }))(inputs).result as HostTensor;
    expect(runtime.graphStatistics().fallbacks).toEqual([]);
    return result;
  }

  function expectClose(actual: HostTensor, expected: readonly number[]): void {
    expect(actual.data.length).toBe(expected.length);
    expected.forEach((value, i) => {
      expect(Math.abs((actual.data[i] as number) - value)).toBeLessThanOrEqual(TOLERANCE);
    });
  }

  const logits = float32([Math.log(1), Math.log(2), Math.log(5), 0, 0, 0], [2, 3]);
  const labels = int32([2, 0], [2]);

  it('takes log-probabilities of labels', () => {
    // Shares 1/8, 2/8, 5/8 and three times 1/3.
    expectClose(
      run((x) => labelLogprobs(x.logits!, x.labels!), { logits, labels }),
      [Math.log(5 / 8), Math.log(1 / 3)],
    );
    expectClose(
      run((x) => crossEntropy(x.logits!, x.labels!), { logits, labels }),
      [Math.log(8 / 5), Math.log(3)],
    );
  });

  it('does not lose log-probabilities at large logits', () => {
    const large = float32([1000, 0, -1000], [1, 1, 3]);
    const of = (label: number) =>
      run((x) => labelLogprobs(x.large!, x.labels!), { large, labels: int32([label], [1, 1]) });
    expect([0, 1, 2].map((label) => of(label).data[0])).toEqual([expect.closeTo(0), -1000, -2000]);
  });

  it('takes the entropy', () => {
    const entropy = run((x) => entropyAndLogprobs(x.logits!, x.labels!).entropy, { logits, labels });
    const first = Math.log(8) - (2 * Math.log(2) + 5 * Math.log(5)) / 8;
    expectClose(entropy, [first, Math.log(3)]);
  });

  it('selects before it reduces: what is masked may be infinite', () => {
    const x = float32([1, 3, Number.NaN, Number.POSITIVE_INFINITY], [4]);
    const selected = bool([true, true, false, false], [4]);
    expectClose(
      run((t) => maskedSum(t.x!, t.selected!), { x, selected }),
      [4],
    );
    const none = bool([false, false, false, false], [4]);
    expectClose(
      run((t) => maskedSum(t.x!, t.none!), { x, none }),
      [0],
    );
  });

  it('scales, and gives 0 for a scale of 0 whatever stands there', () => {
    const x = float32([1, Number.NaN, Number.POSITIVE_INFINITY], [3]);
    const at = (scale: number) => run((t) => scaledOrZero(t.x!, t.scale!), { x, scale: float32([scale], []) }).data;
    expect(at(0)).toEqual(Float32Array.of(0, 0, 0));
    expect(at(2)).toEqual(Float32Array.of(2, Number.NaN, Number.POSITIVE_INFINITY));
  });

  it('normalizes', () => {
    const x = float32([1, 3, 0, 0, 5, -5], [3, 2]);
    const scale = float32([1, 2], [2]);
    const bias = float32([0.5, 0], [2]);
    expectClose(
      run((t) => layerNorm(t.x!, t.scale!, t.bias!, 3), { x, scale, bias }),
      [
        // Deviations sqrt(1 + 3), sqrt(0 + 3), sqrt(25 + 3).
        -0.5 + 0.5,
        1,
        0.5,
        0,
        5 / Math.sqrt(28) + 0.5,
        -10 / Math.sqrt(28),
      ],
    );
    // Mean squares 5, 0, 25.
    expectClose(
      run((t) => rmsNorm(t.x!, t.scale!, 4), { x, scale }),
      [1 / 3, 2, 0, 0, 5 / Math.sqrt(29), -10 / Math.sqrt(29)],
    );
  });

  it('activates', () => {
    const x = float32([-2, 0, 1], [3]);
    // Φ(-2) = 0.0227501319, Φ(1) = 0.8413447461; the tanh form by scipy; σ(-2) = 0.1192029220, σ(1) = 0.7310585786.
    expectClose(
      run((t) => gelu(t.x!), { x }),
      [-0.0455002638, 0, 0.8413447461],
    );
    expectClose(
      run((t) => geluTanh(t.x!), { x }),
      [-0.0454023059, 0, 0.8411919906],
    );
    expectClose(
      run((t) => silu(t.x!), { x }),
      [-0.238405844, 0, 0.7310585786],
    );
  });

  it('attends, and not where it is hidden', () => {
    const q = float32([1, 0], [1, 1, 1, 2]);
    const k = float32([0, 0, Math.log(3), 9, 50, 50], [1, 1, 3, 2]);
    const v = float32([4, 0, 0, 4, 100, 100], [1, 1, 3, 2]);
    const allowed = bool([true, true, false], [1, 1, 1, 3]);
    const result = run((t) => attention(t.q!, t.k!, t.v!, attentionBias(t.allowed!), 1), { q, k, v, allowed });
    // Scores 0 and log 3: shares 1/4 and 3/4.
    expectClose(result, [1, 3]);
  });

  it('turns the leading entries of a head by halves', () => {
    const x = float32([1, 2, 3, 4, 9], [1, 1, 1, 5]);
    const cos = float32([0, 1], [1, 1, 1, 2]);
    const sin = float32([1, 0], [1, 1, 1, 2]);
    // Pair (1, 3) turns by 90 degrees to (-3, 1); pair (2, 4) and the 9 stay.
    expectClose(
      run((t) => rotaryEmbedding(t.x!, t.cos!, t.sin!), { x, cos, sin }),
      [-3, 2, 1, 4, 9],
    );
  });

  it('selects with broadcasting', () => {
    const inputs = { c: bool([true, false], [2, 1]), a: float32([1, 2], [2]), b: float32([7], []) };
    expectClose(
      run((t) => select(t.c!, t.a!, t.b!), inputs),
      [1, 2, 7, 7],
    );
  });

  it.each([
    ['crossEntropy', [[2, 3]], (x: Tensor) => crossEntropy(x, tf.tensor1d([2, 0], 'int32'))],
    ['entropy', [[2, 3]], (x: Tensor) => entropyAndLogprobs(x, tf.tensor1d([2, 0], 'int32')).entropy],
    ['embeddingLookup', [[4, 2]], (x: Tensor) => embeddingLookup(x, tf.tensor2d([1, 3, 1, 0], [2, 2], 'int32'))],
    ['layerNorm', [[3, 4], [4], [4]], (x: Tensor, s: Tensor, b: Tensor) => layerNorm(x, s, b, 0.01)],
    ['rmsNorm', [[3, 4], [4]], (x: Tensor, s: Tensor) => rmsNorm(x, s, 0.01)],
    ['gelu', [[7]], (x: Tensor) => gelu(tf.mul(x, 2))],
    ['geluTanh', [[7]], (x: Tensor) => geluTanh(tf.mul(x, 2))],
    ['silu', [[7]], (x: Tensor) => silu(tf.mul(x, 2))],
    [
      'attention',
      [
        [1, 2, 2, 3],
        [1, 2, 4, 3],
        [1, 2, 4, 3],
      ],
      (q: Tensor, k: Tensor, v: Tensor) => attention(q, k, v, tf.zeros([1, 1, 2, 4]), 0.7),
    ],
    ['biasAdd', [[3, 4], [4]], (x: Tensor, bias: Tensor) => biasAdd(x, bias)],
    [
      'rotaryEmbedding',
      [[1, 2, 2, 5]],
      (x: Tensor) => {
        const angles = tf.tensor([0.3, 1.1, 2, 0.7], [1, 1, 2, 2]);
        return rotaryEmbedding(x, tf.cos(angles), tf.sin(angles));
      },
    ],
    [
      'select',
      [
        [2, 3],
        [1, 3],
      ],
      (a: Tensor, b: Tensor) => select(tf.tensor1d([1, 0, 1], 'bool'), a, b),
    ],
  ] as const)('has the gradient of %s', (_name, shapes, f) => {
    expect(gradientError(runtime, shapes, f as (...x: Tensor[]) => Tensor)).toBeLessThan(GRADIENT_TOLERANCE);
    expect(runtime.graphStatistics().fallbacks).toEqual([]);
  });

  describe('leaks', () => {
    expectNoLeaks(() => runtime);
    it('has none in an op with a custom gradient', () => {
      run((x) => labelLogprobs(x.logits!, x.labels!), { logits, labels });
    });
  });
});
