import { createRequire } from 'node:module';
import { type Binding, boolAttribute, DT, intAttribute, typeAttribute } from './binding.ts';
import { JAVASCRIPT, NATIVE, type NativeBackend } from './native.ts';
import { tf } from './tf.ts';
import type { Tensor } from './types.ts';

const NUMBERS: Readonly<Record<string, number>> = { float32: DT.float, int32: DT.int32, bool: DT.bool };

interface GatherArguments {
  readonly inputs: { readonly x: Tensor; readonly indices: Tensor };
  readonly attrs: { readonly axis: number; readonly batchDims: number };
  readonly backend: NativeBackend;
}

/**
 * Gather without the addon's check in JavaScript, which copies every index to the host; TensorFlow performs its own
 * check.
 */
function gather({ inputs: { x, indices }, attrs: { axis, batchDims }, backend }: GatherArguments): Tensor {
  const attributes = [
    intAttribute('batch_dims', batchDims),
    typeAttribute('Tparams', NUMBERS[x.dtype] as number),
    typeAttribute('Tindices', DT.int32),
    typeAttribute('Taxis', DT.int32),
  ];
  const place = tf.scalar(axis, 'int32');
  const gathered = backend.executeSingleOutput('GatherV2', attributes, [x, indices, place]);
  place.dispose();
  return gathered;
}

interface MatMulArguments {
  readonly inputs: { readonly a: Tensor; readonly b: Tensor };
  readonly attrs: { readonly transposeA: boolean; readonly transposeB: boolean };
  readonly backend: NativeBackend;
}

/**
 * Computes products of two matrices with `MatMul`, which TensorFlow parallelizes and fuses better than a batch of one;
 * and many products of one row each, as in decoding, with `BatchMatMulV3`, which oneDNN does not take over: its startup
 * costs more than such a product (measured: half the time for 64 rows of 4 heads, while products of many rows take
 * twice the time).
 */
function multiply({ inputs: { a, b }, attrs: { transposeA, transposeB }, backend }: MatMulArguments): Tensor {
  const plain = a.shape.length === 2 && b.shape.length === 2;
  const isOneRow = !plain && !transposeA && a.shape.at(-2) === 1 && !backend.binding.isUsingGpuDevice();
  const op = plain ? 'MatMul' : isOneRow ? 'BatchMatMulV3' : 'BatchMatMulV2';
  const types = isOneRow ? ['Ta', 'Tb', 'Tout'] : ['T'];
  const attributes = [
    ...types.map((name) => typeAttribute(name, NUMBERS[a.dtype] as number)),
    boolAttribute(plain ? 'transpose_a' : 'adj_x', transposeA),
    boolAttribute(plain ? 'transpose_b' : 'adj_y', transposeB),
  ];
  return backend.executeSingleOutput(op, attributes, [a, b]);
}

/** Replaces kernels of the addon that would prevent a step from being recorded. */
function replaceKernels(): void {
  tf.unregisterKernel('GatherV2', NATIVE);
  tf.unregisterKernel('BatchMatMul', NATIVE);
  tf.registerKernel({ kernelName: 'BatchMatMul', backendName: NATIVE, kernelFunc: multiply as never });
  tf.registerKernel({ kernelName: 'GatherV2', backendName: NATIVE, kernelFunc: gather as never });
}

const require = createRequire(import.meta.url);

interface LoadedEngine {
  readonly path: string;
  readonly binding: Binding;
  readonly backend: NativeBackend;
}

let loaded: LoadedEngine | null = null;

/**
 * Loads the native addon from a file and registers its kernels; once per process: later calls must pass the same file.
 * The environment of {@link engineEnvironment} must have been set before the process started.
 */
export function loadNativeEngine(path: string): LoadedEngine {
  if (loaded) {
    if (loaded.path !== path) throw new Error(`This process has already loaded its engine from ${loaded.path}.`);
    return loaded;
  }
  const binding = require(path) as Binding;
  require('@tensorflow/tfjs-node-gpu/dist/register_all_kernels');
  const { NodeJSKernelBackend } = require('@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend') as {
    NodeJSKernelBackend: new (binding: Binding, name: string) => NativeBackend;
  };
  const backend = new NodeJSKernelBackend(binding, '@tensorflow/tfjs-node-gpu');
  replaceKernels();
  tf.registerBackend(NATIVE, () => backend as never, 3);
  loaded = { path, binding, backend };
  return loaded;
}

/** Activates the native or the JavaScript backend. */
export function activateBackend(native: boolean): void {
  const wanted = native ? NATIVE : JAVASCRIPT;
  if (tf.getBackend() === wanted) return;
  tf.setBackend(wanted);
  // Suppresses the JavaScript backend's advertisement for the native one; `keel system` reports this instead.
  if (!native) (tf.backend() as unknown as { firstUse: boolean }).firstUse = false;
}
