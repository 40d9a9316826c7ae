import { float32, sizeOf } from '../runtime/host-tensor.ts';
import { philox } from '../runtime/philox.ts';
import type { Variables } from '../runtime/types.ts';
import type { Parameter } from './parameters.ts';

/** FNV-1a of a name, so that each parameter has its own numbers, independent of the parameters before it. */
export function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

/** Calls `place` with pairs of unbiased 32-bit words for the values at index and index + 1. */
function forPairs(
  length: number,
  name: string,
  seed: number,
  place: (index: number, a: number, b: number) => void,
): void {
  const key: [number, number] = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0];
  const stream = hashName(name);
  for (let index = 0; index < length; index += 4) {
    const words = philox([index >>> 2, stream, 0x696e6974, 0], key);
    place(index, words[0], words[1]);
    if (index + 2 < length) place(index + 2, words[2], words[3]);
  }
}

const UNIT = 2 ** -32;

/** Values of a new parameter: a pure function of its name, its rule and the seed. */
export function initialValues({ name, shape, init }: Parameter, seed: number): Float32Array {
  const values = new Float32Array(sizeOf(shape));
  if (init.kind === 'ones') return values.fill(1);
  if (init.kind === 'normal') {
    // Box and Muller 1958; the first word is shifted by half a step so that its logarithm is finite.
    forPairs(values.length, name, seed, (index, a, b) => {
      const radius = init.deviation * Math.sqrt(-2 * Math.log((a + 0.5) * UNIT));
      const angle = 2 * Math.PI * b * UNIT;
      values[index] = radius * Math.cos(angle);
      if (index + 1 < values.length) values[index + 1] = radius * Math.sin(angle);
    });
  }
  if (init.kind === 'uniform') {
    forPairs(values.length, name, seed, (index, a, b) => {
      values[index] = (2 * (a + 0.5) * UNIT - 1) * init.bound;
      if (index + 1 < values.length) values[index + 1] = (2 * (b + 0.5) * UNIT - 1) * init.bound;
    });
  }
  return values;
}

/** Creates variables `<prefix>/<name>` with their initial values. The seed is a safe integer, 0 included. */
export function initializeParameters(
  variables: Variables,
  prefix: string,
  parameters: readonly Parameter[],
  seed: number,
): void {
  for (const parameter of parameters) {
    variables.create(`${prefix}/${parameter.name}`, float32(initialValues(parameter, seed), parameter.shape));
  }
}
