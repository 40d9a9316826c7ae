import { type FloatHost, float32 } from '../runtime/host-tensor.ts';
import { philox } from '../runtime/philox.ts';

const SAMPLING = 0x73616d70;
const UNIT = 2 ** -23;

/**
 * Two uniforms in [0, 1) for each position of each response: a pure function of (seed, row, place), so that a row's
 * sample depends neither on its neighbors nor on how the work is split. 23 bits each: below 1 even after float32
 * rounding.
 * Shape [rows, places, 2].
 */
export function samplingUniforms(seed: number, rows: number, places: number): FloatHost {
  return joinedUniforms([seed], rows, places);
}

/**
 * The draws of several calls that run as one: rows are split into equal parts, one per seed, and each part has the same
 * draws as it would alone. Shape [rows, places, 2].
 */
export function joinedUniforms(seeds: readonly number[], rows: number, places: number): FloatHost {
  const values = new Float32Array(rows * places * 2);
  const part = values.length / seeds.length;
  seeds.forEach((seed, index) => {
    fillUniforms(values.subarray(index * part, (index + 1) * part), seed, rows / seeds.length, places);
  });
  return float32(values, [rows, places, 2]);
}

function fillUniforms(values: Float32Array, seed: number, rows: number, places: number): void {
  const key: [number, number] = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0];
  for (let row = 0; row < rows; row++) {
    for (let place = 0; place < places; place++) {
      const [a, b] = philox([place, row, SAMPLING, 0], key);
      const at = 2 * (row * places + place);
      values[at] = (a >>> 9) * UNIT;
      values[at + 1] = (b >>> 9) * UNIT;
    }
  }
}
