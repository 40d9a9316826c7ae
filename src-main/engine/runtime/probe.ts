import { createRequire } from 'node:module';
import process from 'node:process';
import { type Binding, DT } from './binding.ts';
import { castOnce, firstOfProduct, multipliesBfloat16 } from './float32-product.ts';

/**
 * A separate process that loads the engine, multiplies two matrices and prints one line of JSON: a library that is
 * incompatible with the machine may crash the process that loads it.
 */

const NATIVE_SIZE = 1024;
const JAVASCRIPT_SIZE = 160;
const REPEATS = 4;

/** @returns 10⁹ floating-point operations per second of the fastest product of two [n, n] matrices */
function measure(size: number, multiply: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const start = performance.now();
    multiply();
    best = Math.min(best, performance.now() - start);
  }
  return (2 * size ** 3) / best / 1e6;
}

/** Row-major [n, n] matrix whose product with itself has n in every position. */
const ones = (size: number) => new Float32Array(size * size).fill(1);

function probeNative(path: string) {
  const binding = createRequire(import.meta.url)(path) as Binding;
  const matrix = binding.createTensor([NATIVE_SIZE, NATIVE_SIZE], DT.float, ones(NATIVE_SIZE));
  const gigaflops = measure(NATIVE_SIZE, () => {
    const first = firstOfProduct(binding, [matrix, matrix]);
    if (first !== NATIVE_SIZE) throw new Error(`MatMul returned ${first} instead of ${NATIVE_SIZE}.`);
  });
  const device = binding.isUsingGpuDevice() ? 'gpu' : 'cpu';
  const bfloat16Gigaflops = multipliesBfloat16(binding) ? measureBfloat16(binding, matrix) : null;
  return { backend: 'tensorflow', device, tensorflowVersion: binding.TF_Version, gigaflops, bfloat16Gigaflops };
}

/** The same for factors that are stored as bfloat16; NATIVE_SIZE is a power of two, so the sums stay exact. */
function measureBfloat16(binding: Binding, matrix: number): number {
  const narrow = castOnce(binding, matrix, DT.float, DT.bfloat16);
  return measure(NATIVE_SIZE, () => {
    const first = firstOfProduct(binding, [narrow, narrow], DT.bfloat16);
    if (first !== NATIVE_SIZE) throw new Error(`MatMul of bfloat16 returned ${first} instead of ${NATIVE_SIZE}.`);
  });
}

async function probeJavaScript() {
  const { tf } = await import('./tf.ts');
  await tf.setBackend('cpu');
  const matrix = tf.tensor2d(ones(JAVASCRIPT_SIZE), [JAVASCRIPT_SIZE, JAVASCRIPT_SIZE]);
  const gigaflops = measure(JAVASCRIPT_SIZE, () => tf.tidy(() => tf.matMul(matrix, matrix).dataSync()));
  return { backend: 'javascript', device: 'cpu', tensorflowVersion: null, gigaflops, bfloat16Gigaflops: null };
}

const path = process.env.KEEL_ENGINE_BINDING;
process.stdout.write(`${JSON.stringify(path ? probeNative(path) : await probeJavaScript())}\n`);
