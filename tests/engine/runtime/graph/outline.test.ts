import { afterAll, describe, expect, it } from 'vitest';
import { adamW, createAdamW } from '#engine/runtime/adam-w.ts';
import { seededGenerator } from '#engine/runtime/host-random.ts';
import { type FloatHost, float32, int32, sizeOf } from '#engine/runtime/host-tensor.ts';
import { dropout } from '#engine/runtime/ops/dropout.ts';
import { valueAndGradients } from '#engine/runtime/ops/gradients.ts';
import { layerNorm } from '#engine/runtime/ops/normalization.ts';
import { overwriteAt, rowsAt, whileLoop } from '#engine/runtime/ops/while-loop.ts';
import { tf } from '#engine/runtime/tf.ts';
import type { Runtime, Tensor, TensorRecord, Weights } from '#engine/runtime/types.ts';
import { distance } from '../../../support/close-tensors.ts';
import { nativeKinds } from '../../../support/runtimes.ts';

const [LAYERS, WIDTH, ROWS, LENGTH] = [40, 6, 4, 5];
const SHAPES = {
  scale: [WIDTH],
  bias: [WIDTH],
  up: [WIDTH, 2 * WIDTH],
  gate: [WIDTH, 2 * WIDTH],
  down: [2 * WIDTH, WIDTH],
};
const names = Array.from({ length: LAYERS }, (_, layer) =>
  Object.keys(SHAPES).map((name) => `p/${layer}/${name}`),
).flat();
const settings = { prefix: 'p', beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, maxGradNorm: 1 };

const started: Runtime[] = [];
afterAll(() => {
  for (const runtime of started) runtime.dispose();
});

async function startKind(index: number): Promise<Runtime> {
  const runtime = await nativeKinds[index]!.start();
  started.push(runtime);
  const random = seededGenerator(1, 'weights');
  for (const name of names) {
    const shape = SHAPES[name.split('/')[2] as keyof typeof SHAPES];
    const values = Float32Array.from({ length: sizeOf(shape) }, () => 0.3 * random.normal());
    runtime.variables.create(name, float32(values, shape));
  }
  createAdamW(runtime.variables, 'p', names);
  return runtime;
}

/** One of many layers that differ in a constant only. Shape: x and result [r, w]. */
function layer(w: Weights, x: Tensor, index: number): Tensor {
  const at = (name: string) => w(`p/${index}/${name}`);
  const normed = layerNorm(x, at('scale'), at('bias'), 1e-5);
  const inner = tf.mul(tf.sigmoid(tf.matMul(normed, at('gate'))), tf.matMul(normed, at('up')));
  return tf.add(tf.mul(x, 1 - index / 100), tf.matMul(inner, at('down')));
}

/** Shape: x [r, w], result a scalar. */
function loss(w: Weights, x: Tensor): Tensor {
  let states = x;
  for (let index = 0; index < LAYERS; index++) states = layer(w, states, index);
  return tf.mean(tf.square(tf.sub(states, 1)));
}

function compileTraining(runtime: Runtime) {
  return runtime.compile('train', (variables, { x, rate, step }) => {
    const found = valueAndGradients(variables, names, (w) => ({ loss: loss(w, x!), aux: {} }));
    const report = adamW(variables, found.gradients, {
      ...settings,
      learningRate: rate!,
      step: step!,
      loss: found.loss,
    });
    return { loss: found.loss, ...report };
  });
}

const inputsOf = (step: number) => {
  const random = seededGenerator(step, 'inputs');
  const x = float32(
    Float32Array.from({ length: ROWS * WIDTH }, () => random.normal()),
    [ROWS, WIDTH],
  );
  return { x, rate: float32([0.01], []), step: float32([step], []) };
};

async function train(kind: number) {
  const runtime = await startKind(kind);
  const step = compileTraining(runtime);
  const losses = [1, 2, 3, 4].map((number) => step(inputsOf(number)).loss?.data[0] as number);
  const weights = names.map((name) => (runtime.variables.read(name) as FloatHost).data);
  return { losses, weights, statistics: runtime.graphStatistics() };
}

describe.skipIf(nativeKinds.length === 0)('graphs with functions', () => {
  it('train a deep network as operations one by one do', async () => {
    const [eager, compiled] = [await train(0), await train(1)];
    expect(eager.losses[3]).toBeLessThan(eager.losses[0]!);
    expect(distance(compiled.losses, eager.losses)).toBeLessThan(1e-6);
    compiled.weights.forEach((weights, index) => {
      expect(distance(weights, eager.weights[index]!), names[index]!).toBeLessThan(1e-5);
    });
    const { nodes, held, fallbacks } = compiled.statistics;
    expect(fallbacks).toEqual([]);
    expect(nodes).toBeGreaterThan(1500);
    expect(held).toBeLessThan(nodes / 2);
  });

  it('write into the arrays that a loop holds', async () => {
    const values: (readonly (readonly number[])[])[] = [];
    for (const kind of [0, 1]) {
      const runtime = await startKind(kind);
      const step = runtime.compile('decode', (variables, { x }) => {
        const w = variables.weights();
        const shape = [ROWS, LENGTH, WIDTH];
        const caches = Object.fromEntries(
          Array.from({ length: LAYERS }, (_, index) => [
            `cache${index}`,
            tf.add(tf.tile(x!.reshape([ROWS, 1, WIDTH]), [1, LENGTH, 1]), index),
          ]),
        );
        const end = whileLoop(
          { i: tf.scalar(0, 'int32'), x: x!, ...caches },
          ({ i }) => tf.less(i!, tf.scalar(LENGTH, 'int32')),
          ({ i, x, ...held }) => {
            const rows = rowsAt(i!, shape);
            let states = x!;
            const next: TensorRecord = {};
            for (let index = 0; index < LAYERS; index++) {
              const cache = overwriteAt(held[`cache${index}`]!, states.reshape([ROWS, 1, WIDTH]), rows);
              states = layer(w, tf.add(states, tf.mean(cache, 1)), index);
              next[`cache${index}`] = cache;
            }
            return { i: tf.add(i!, tf.scalar(1, 'int32')), x: states, ...next };
          },
        );
        return { x: end.x!, first: end.cache0!, last: end[`cache${LAYERS - 1}`]! };
      });
      const outputs = [1, 2].map((number) => step({ x: inputsOf(number).x }));
      values.push(outputs.flatMap((output) => Object.values(output).map(({ data }) => [...(data as Float32Array)])));
      if (kind === 1) {
        const { nodes, held, fallbacks } = runtime.graphStatistics();
        expect(fallbacks).toEqual([]);
        expect(held).toBeLessThan(nodes / 2);
      }
    }
    values[1]!.forEach((array, index) => {
      expect(distance(array, values[0]![index]!)).toBeLessThan(1e-5);
    });
  });

  it('drop out other entries in each layer', async () => {
    const zeroed: number[][] = [];
    for (const kind of [0, 1]) {
      const runtime = await startKind(kind);
      const step = runtime.compile('drop', (variables, { x, noise }) => {
        const w = variables.weights();
        const states: Tensor[] = [];
        let last = x!;
        for (let index = 0; index < LAYERS; index++) {
          last = layer(w, dropout(layer(w, last, index), 0.5, noise!, index), index);
          states.push(dropout(last, 0.5, noise!, 1000 + index));
        }
        return { zeros: tf.stack(states.map((state) => tf.equal(state, 0).toFloat())) };
      });
      const { zeros } = step({ x: inputsOf(1).x, noise: int32([3, 4], [2]) });
      zeroed.push([...(zeros!.data as Float32Array)]);
      const { nodes, held } = runtime.graphStatistics();
      if (kind === 1) expect(held).toBeLessThan(nodes / 2);
    }
    expect(zeroed[1]).toEqual(zeroed[0]);
    const perLayer = Array.from({ length: LAYERS }, (_, index) =>
      zeroed[0]!.slice(index * ROWS * WIDTH, (index + 1) * ROWS * WIDTH).join(),
    );
    expect(new Set(perLayer).size).toBe(LAYERS);
  });
});
