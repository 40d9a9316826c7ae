import { DT, typeAttribute } from '../binding.ts';
import { sizeOf } from '../host-tensor.ts';
import { isNative, runOp } from '../native.ts';
import { type Key, philox, skip, type Words } from '../philox.ts';
import { tf } from '../tf.ts';
import type { Tensor } from '../types.ts';

const bits = new DataView(new ArrayBuffer(4));

/** 23 random bits as the mantissa of a float in [1, 2), less 1. */
function unitFloat(word: number): number {
  bits.setUint32(0, ((word & 0x7fffff) | 0x3f800000) >>> 0);
  return bits.getFloat32(0) - 1;
}

/**
 * What TensorFlow's StatelessRandomUniform gives for the same seed pair, bit for bit: the pair is scrambled into
 * Philox's key and upper counter, four floats come from each counter.
 */
export function statelessUniform(seed: readonly [number, number], count: number): Float32Array<ArrayBuffer> {
  const sign = (n: number) => (n < 0 ? 0xffffffff : 0);
  const start: Words = [seed[0] >>> 0, sign(seed[0]), seed[1] >>> 0, sign(seed[1])];
  const mixed = philox(start, [0x3ec8f720, 0x02461e29]);
  const key: Key = [mixed[0], mixed[1]];
  const values = new Float32Array(count);
  for (let i = 0; i < count; i += 4) {
    const words = philox(skip([0, 0, mixed[2], mixed[3]], i / 4), key);
    for (let j = 0; j < 4 && i + j < count; j++) values[i + j] = unitFloat(words[j as 0]);
  }
  return values;
}

/**
 * Uniform floats in [0, 1), a pure function of the seed, so that no generator state can be lost.
 * Shape: seed int32 [2]; derive another pair for each iteration of a loop, for instance by adding its counter.
 */
export function uniform(seed: Tensor, shape: readonly number[]): Tensor {
  if (isNative()) {
    const attributes = [
      typeAttribute('dtype', DT.float),
      typeAttribute('T', DT.int32),
      typeAttribute('Tseed', DT.int32),
    ];
    return runOp('StatelessRandomUniform', attributes, [tf.tensor1d([...shape], 'int32'), seed]);
  }
  const [first, second] = seed.dataSync() as Int32Array;
  return tf.tensor(statelessUniform([first as number, second as number], sizeOf(shape)), [...shape]);
}
