import process from 'node:process';
import { type EngineSettings, engineEnvironment } from './environment.ts';
import { float32, int32 } from './host-tensor.ts';
import { gelu } from './ops/activations.ts';
import { attention, attentionBias } from './ops/attention.ts';
import { valueAndGradients } from './ops/gradients.ts';
import { crossEntropy } from './ops/log-softmax.ts';
import { layerNorm } from './ops/normalization.ts';
import { product } from './ops/product.ts';
import { placeAt, whileLoop, writeAt } from './ops/while-loop.ts';
import { startRuntime } from './start-runtime.ts';
import { tf } from './tf.ts';
import type { Lookup, Runtime, Tensor } from './types.ts';

/**
 * A separate process that times Keel's most frequent operations with settings given as JSON: training steps of a small
 * transformer, a decoding loop, and the products of a layer of SmolLM2-135M's shape with their gradients. Prints one line
 * of JSON: the seconds of one of each, and the type of the products' factors.
 */

const [ROWS, LENGTH, HEADS, WIDTH, LAYERS, VOCABULARY] = [8, 96, 4, 128, 2, 4096] as const;
const [DECODED_ROWS, DECODED_TOKENS] = [64, 16] as const;
/** Rows, and [inputs, outputs] of a layer's matrices: queries with keys and values, output, gate, up, down. */
const PRODUCT_ROWS = 384;
const PRODUCTS = [
  [576, 960],
  [576, 576],
  [576, 1536],
  [576, 1536],
  [1536, 576],
] as const;
const REPEATS = 5;

const SHAPES: Readonly<Record<string, readonly number[]>> = {
  embedding: [VOCABULARY, WIDTH],
  scale: [WIDTH],
  bias: [WIDTH],
  stacked: [WIDTH, 3 * WIDTH],
  out: [WIDTH, WIDTH],
  up: [WIDTH, 4 * WIDTH],
  down: [4 * WIDTH, WIDTH],
};

/** Deterministic numbers around zero. */
function values(shape: readonly number[]) {
  const size = shape.reduce((product, length) => product * length, 1);
  return float32(
    Float32Array.from({ length: size }, (_, at) => (((at * 7919) % 1009) / 1009 - 0.5) / 8),
    shape,
  );
}

/**
 * One block: x [rows, WIDTH] to the same shape; `attend` receives the stacked queries, keys and values [rows, 3 WIDTH].
 */
function block(weights: Lookup, x: Tensor, attend: (stacked: Tensor) => Tensor): Tensor {
  const normed = layerNorm(x, weights('scale'), weights('bias'), 1e-5);
  const attended = tf.matMul(attend(tf.matMul(normed, weights('stacked'))), weights('out'));
  return tf.addN([x, attended, tf.matMul(gelu(tf.matMul(normed, weights('up'))), weights('down'))]);
}

function attendToAll(stacked: Tensor): Tensor {
  const order = [2, 0, 3, 1, 4];
  const byHead = tf.transpose(stacked.reshape([ROWS, LENGTH, 3, HEADS, WIDTH / HEADS]), order);
  const shape = [ROWS, HEADS, LENGTH, WIDTH / HEADS];
  const [q, k, v] = tf.split(byHead, 3, 0).map((part) => part.reshape(shape)) as [Tensor, Tensor, Tensor];
  const columns = tf.range(0, LENGTH, 1, 'int32');
  const bias = attentionBias(tf.greaterEqual(columns.expandDims(1), columns.expandDims(0)));
  return tf.transpose(attention(q, k, v, bias, 0.2), [0, 2, 1, 3]).reshape([ROWS * LENGTH, WIDTH]);
}

function trainer(runtime: Runtime): () => void {
  const ids = int32(
    Int32Array.from({ length: ROWS * LENGTH }, (_, at) => (at * 31) % VOCABULARY),
    [ROWS * LENGTH],
  );
  const step = runtime.compile('train', (variables, inputs) => {
    const { loss, gradients } = valueAndGradients(variables, variables.names('w/'), (weights) => {
      const own: Lookup = (name) => weights(`w/${name}`);
      let x = tf.gather(own('embedding'), inputs.ids!) as Tensor;
      for (let layer = 0; layer < LAYERS; layer += 1) x = block(own, x, attendToAll);
      return { loss: tf.mean(crossEntropy(tf.matMul(x, own('embedding'), false, true), inputs.ids!)), aux: {} };
    });
    for (const [name, gradient] of Object.entries(gradients)) variables.add(name, tf.mul(gradient, -1e-6));
    return { loss };
  });
  return () => void step({ ids });
}

function decoder(runtime: Runtime): () => void {
  const shape = [DECODED_ROWS, HEADS, LENGTH, WIDTH / HEADS];
  const step = runtime.compile('decode', (variables) => {
    const weights = variables.weights('w');
    const { x } = whileLoop(
      { at: tf.scalar(0, 'int32'), x: tf.fill([DECODED_ROWS, WIDTH], 0.1), k: tf.fill(shape, 0), v: tf.fill(shape, 0) },
      ({ at }) => tf.less(at!, tf.scalar(DECODED_TOKENS, 'int32')),
      (state) => decodeOne(weights, state as Record<'at' | 'x' | 'k' | 'v', Tensor>, shape),
    );
    return { sum: tf.sum(x!) };
  });
  return () => void step({});
}

function decodeOne(weights: Lookup, state: Record<'at' | 'x' | 'k' | 'v', Tensor>, shape: readonly number[]) {
  const place = placeAt(state.at, shape, 2);
  let { k, v } = state;
  const next = block(weights, state.x, (stacked) => {
    const one = [DECODED_ROWS, HEADS, 1, WIDTH / HEADS];
    const [q, key, value] = tf.split(stacked, 3, 1).map((part) => part.reshape(one)) as [Tensor, Tensor, Tensor];
    k = writeAt(k, key, place);
    v = writeAt(v, value, place);
    return attention(q, k, v, tf.scalar(0), 0.2).reshape([DECODED_ROWS, WIDTH]);
  });
  const shares = tf.softmax(tf.matMul(next, weights('embedding'), false, true), -1);
  const x = tf.add(next, tf.mul(tf.max(shares, -1, true), 0.01)) as Tensor;
  return { at: tf.add(state.at, tf.scalar(1, 'int32')) as Tensor, x, k, v };
}

/** The products of a layer and their gradients by trained weights and by inputs, in the process's precision. */
function layerProducts(runtime: Runtime): () => void {
  for (const [index, [inputs, outputs]] of PRODUCTS.entries()) {
    runtime.variables.create(`p/x${index}`, values([PRODUCT_ROWS, inputs]));
    runtime.variables.create(`p/w${index}`, values([outputs, inputs]));
  }
  const step = runtime.compile('products', (variables) => {
    const { loss, gradients } = valueAndGradients(variables, variables.names('p/'), (weights) => {
      const results = PRODUCTS.map((_, index) => product(weights(`p/x${index}`), weights(`p/w${index}`), true));
      return { loss: tf.addN(results.map((one) => tf.sum(tf.square(one)))), aux: {} };
    });
    return { loss, norm: tf.addN(Object.values(gradients).map((one) => tf.sum(one))) };
  });
  return () => void step({});
}

/** Seconds of the fastest call; the first one builds the graph. */
function fastest(run: () => void): number {
  run();
  const times = Array.from({ length: REPEATS }, () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  });
  return Math.min(...times) / 1000;
}

const settings = JSON.parse(process.env.KEEL_TUNE_SETTINGS ?? '') as EngineSettings;
// TensorFlow reads its settings when it is loaded, which happens later.
Object.assign(process.env, engineEnvironment(settings), { TF_CPP_MIN_LOG_LEVEL: '3' });
const runtime = await startRuntime({ binding: process.env.KEEL_ENGINE_BINDING || null, mode: 'compiled' });
for (const [name, shape] of Object.entries(SHAPES)) runtime.variables.create(`w/${name}`, values(shape));
const answer = {
  train: fastest(trainer(runtime)),
  decode: fastest(decoder(runtime)),
  products: fastest(layerProducts(runtime)),
  computeDtype: runtime.device.computeDtype,
};
const { fallbacks } = runtime.graphStatistics();
if (fallbacks.length > 0) throw new Error(`Steps could not be compiled: ${fallbacks.join('; ')}`);
process.stdout.write(`${JSON.stringify(answer)}\n`);
