import { afterAll, describe, expect, it } from 'vitest';
import { adamW, createAdamW } from '#engine/runtime/adam-w.ts';
import { seededGenerator } from '#engine/runtime/host-random.ts';
import { type FloatHost, float32, type HostTensor, int32, sizeOf } from '#engine/runtime/host-tensor.ts';
import { gelu } from '#engine/runtime/ops/activations.ts';
import { attention, attentionBias, rotaryEmbedding } from '#engine/runtime/ops/attention.ts';
import { embeddingLookup } from '#engine/runtime/ops/embedding-lookup.ts';
import {
  accumulateGradients,
  createGradientSums,
  takeGradientSums,
  valueAndGradients,
} from '#engine/runtime/ops/gradients.ts';
import { crossEntropy } from '#engine/runtime/ops/log-softmax.ts';
import { layerNorm } from '#engine/runtime/ops/normalization.ts';
import { tf } from '#engine/runtime/tf.ts';
import type { HostRecord, Runtime, StepVariables, Tensor, TensorRecord, Weights } from '#engine/runtime/types.ts';
import { distance, expectCloseGradients } from '../../support/close-tensors.ts';
import { leakOf } from '../../support/leak-check.ts';
import { type RuntimeKind, runtimeKinds } from '../../support/runtimes.ts';

const [B, T, H, N, V] = [2, 6, 8, 2, 11];

const SHAPES: Readonly<Record<string, readonly number[]>> = {
  embed: [V, H],
  'norm.scale': [H],
  'norm.bias': [H],
  qkv: [H, 3 * H],
  out: [H, H],
  up: [H, 4 * H],
  down: [4 * H, H],
  untouched: [3],
};

/** One block of a small transformer with tied embeddings. */
function forward(w: Weights, ids: Tensor): Tensor {
  const x = embeddingLookup(w('p/embed'), ids).reshape([B * T, H]);
  const normed = layerNorm(x, w('p/norm.scale'), w('p/norm.bias'), 1e-5);
  const heads = tf
    .matMul(normed, w('p/qkv'))
    .reshape([B, T, 3, N, H / N])
    .transpose([2, 0, 3, 1, 4]);
  const [q, k, v] = tf.unstack(heads) as [Tensor, Tensor, Tensor];
  const angles = tf.mul(tf.range(0, T).reshape([1, 1, T, 1]), tf.ones([1, 1, 1, 1]));
  const turn = (y: Tensor) => rotaryEmbedding(y, tf.cos(angles), tf.sin(angles));
  const columns = tf.range(0, T, 1, 'int32');
  const bias = attentionBias(tf.greaterEqual(columns.expandDims(1), columns.expandDims(0)));
  const mixed = attention(turn(q), turn(k), v, bias, 0.5)
    .transpose([0, 2, 1, 3])
    .reshape([B * T, H]);
  const attended = tf.add(x, tf.matMul(mixed, w('p/out')));
  const inner = gelu(tf.matMul(attended, w('p/up')));
  return tf.matMul(tf.add(attended, tf.matMul(inner, w('p/down'))), w('p/embed'), false, true);
}

const names = Object.keys(SHAPES).map((name) => `p/${name}`);

function lossAndGradients(variables: StepVariables, inputs: TensorRecord) {
  return valueAndGradients(variables, names, (w) => {
    const losses = crossEntropy(forward(w, inputs.ids!), inputs.labels!.reshape([B * T]));
    return { loss: tf.mean(losses), aux: { worst: tf.max(losses) } };
  });
}

const settings = { prefix: 'p', beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.01, maxGradNorm: 1 };

function createModel(runtime: Runtime): void {
  const random = seededGenerator(0, 'weights');
  for (const [name, shape] of Object.entries(SHAPES)) {
    const values = Float32Array.from({ length: sizeOf(shape) }, () => 0.4 * random.normal());
    runtime.variables.create(`p/${name}`, float32(values, shape));
  }
  createAdamW(runtime.variables, 'p', names);
}

function batch(step: number): HostRecord {
  const random = seededGenerator(step, 'batch');
  const draw = () => Int32Array.from({ length: B * T }, () => random.integer(V));
  const scalars = { rate: float32([0.05], []), step: float32([step], []) };
  return { ids: int32(draw(), [B, T]), labels: int32(draw(), [B, T]), ...scalars };
}

function compileTraining(runtime: Runtime) {
  return runtime.compile('train', (variables, inputs) => {
    const { loss, aux, gradients } = lossAndGradients(variables, inputs);
    const report = adamW(variables, gradients, { ...settings, learningRate: inputs.rate!, step: inputs.step!, loss });
    return { loss, worst: aux.worst!, ...report };
  });
}

interface Run {
  readonly losses: readonly number[];
  readonly weights: readonly Float32Array[];
  readonly gradients: readonly HostTensor[];
}

const byName = ({ gradients }: Run) =>
  new Map(gradients.map((gradient, index) => [names[index]!, (gradient as FloatHost).data]));

const started: Runtime[] = [];

async function train({ start }: RuntimeKind): Promise<Run> {
  const runtime = await start();
  started.push(runtime);
  createModel(runtime);
  const inspect = runtime.compile('gradients', (variables, inputs) => lossAndGradients(variables, inputs).gradients);
  const gradients = Object.values(inspect(batch(1)));
  const train = compileTraining(runtime);
  const losses = Array.from({ length: 8 }, (_, index) => train(batch(index + 1)).loss?.data[0] as number);
  expect(runtime.graphStatistics().fallbacks).toEqual([]);
  return { losses, gradients, weights: names.map((name) => runtime.variables.read(name).data) };
}

describe('a training step of a transformer', () => {
  afterAll(() => {
    for (const runtime of started) runtime.dispose();
  });

  it('learns the same in every kind of runtime', async () => {
    const runs: Run[] = [];
    for (const kind of runtimeKinds) runs.push(await train(kind));
    const [first, ...others] = runs as [Run, ...Run[]];
    expect(Math.max(...first.losses)).toBeLessThan(20);
    for (const other of others) {
      expect(distance(other.losses, first.losses)).toBeLessThan(1e-5);
      expectCloseGradients(byName(other), byName(first), 1e-5);
      other.weights.forEach((weights, index) => {
        // Eight updates of Adam enlarge a difference in the last bit where a gradient is close to 0.
        expect(distance(weights, first.weights[index] as Float32Array)).toBeLessThan(1e-4);
      });
    }
  });

  it.each(runtimeKinds)('gives the same bits again, $kind', async (kind) => {
    const [one, two] = [await train(kind), await train(kind)];
    expect(two).toEqual(one);
  });

  it.each(runtimeKinds)('sums gradients over micro-batches, $kind', async ({ start }) => {
    const runtime = await start();
    started.push(runtime);
    createModel(runtime);
    createGradientSums(runtime.variables, 'p', names);
    const add = runtime.compile('accumulate', (variables, inputs) => {
      accumulateGradients(variables, 'p', lossAndGradients(variables, inputs).gradients);
      return {};
    });
    const take = runtime.compile('take', (variables, inputs) =>
      takeGradientSums(variables, 'p', lossAndGradients(variables, inputs).gradients),
    );
    const alone = runtime.compile('alone', (variables, inputs) => lossAndGradients(variables, inputs).gradients);
    const parts = [1, 2, 3].map((step) => alone(batch(step))['p/up']?.data as Float32Array);
    for (let round = 0; round < 2; round++) {
      add(batch(1));
      add(batch(2));
      const total = take(batch(3))['p/up']?.data as Float32Array;
      const expected = Float32Array.from(total, (_, i) => parts.reduce((sum, part) => sum + (part[i] as number), 0));
      expect(distance(total, expected)).toBeLessThan(1e-6);
    }
  });

  it.each(runtimeKinds)('leaves no tensor behind, $kind', async ({ start }) => {
    const runtime = await start();
    started.push(runtime);
    createModel(runtime);
    const train = compileTraining(runtime);
    expect(leakOf(runtime, 20, (round) => train(batch(round + 1)))).toBe(0);
  });
});
