import { boolAttribute, DT, intAttribute, typeAttribute } from './binding.ts';
import { NATIVE, type NativeBackend } from './native.ts';
import { tf } from './tf.ts';
import type { Tensor } from './types.ts';

const NUMBERS: Readonly<Record<string, number>> = { float32: DT.float, int32: DT.int32, bool: DT.bool };

interface GatherArguments {
  readonly inputs: { readonly x: Tensor; readonly indices: Tensor };
  readonly attrs: { readonly axis: number; readonly batchDims: number };
  readonly backend: NativeBackend;
}

/** Gather without the addon's check in JavaScript, which copies every index to the host; TensorFlow checks by itself. */
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
 * Products of two matrices as `MatMul`, which TensorFlow parallelizes and fuses better than a batch of one; many products
 * of one row each, as in decoding, as `BatchMatMulV3`, the one that oneDNN does not take over: its start costs more than
 * such a product (measured half the time for 64 rows of 4 heads, while products of many rows take twice the time).
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

/** Replaces kernels of the addon that would keep a step from being recorded. */
export function replaceKernels(): void {
  tf.unregisterKernel('GatherV2', NATIVE);
  tf.unregisterKernel('BatchMatMul', NATIVE);
  tf.registerKernel({ kernelName: 'BatchMatMul', backendName: NATIVE, kernelFunc: multiply as never });
  tf.registerKernel({ kernelName: 'GatherV2', backendName: NATIVE, kernelFunc: gather as never });
}
