import { float32, sizeOf } from '../runtime/host-tensor.ts';
import { philox } from '../runtime/philox.ts';
import type { Variables } from '../runtime/types.ts';
import type { Parameter } from './parameters.ts';

/** FNV-1a of a name, so that each parameter has numbers of its own whatever stands before it. */
function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

/** Fills four at a time with fair 32-bit words, mapped by pairs. */
function fillPairs(
  values: Float32Array,
  name: string,
  seed: number,
  pair: (a: number, b: number) => readonly [number, number],
): void {
  const key: [number, number] = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0];
  const stream = hashName(name);
  for (let index = 0; index < values.length; index += 4) {
    const [a, b, c, d] = philox([index >>> 2, stream, 0x696e6974, 0], key);
    values.set([...pair(a, b), ...pair(c, d)].slice(0, values.length - index), index);
  }
}

const UNIT = 2 ** -32;

/** Box and Muller 1958; the first word is shifted by half a step so that its logarithm exists. */
function normalPair(a: number, b: number): readonly [number, number] {
  const radius = Math.sqrt(-2 * Math.log((a + 0.5) * UNIT));
  const angle = 2 * Math.PI * b * UNIT;
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}

/** Values of a new parameter: a pure function of its name, its rule and the seed. */
export function initialValues({ name, shape, init }: Parameter, seed: number): Float32Array {
  const values = new Float32Array(sizeOf(shape));
  if (init.kind === 'ones') return values.fill(1);
  if (init.kind === 'normal') {
    fillPairs(values, name, seed, (a, b) => {
      const [x, y] = normalPair(a, b);
      return [x * init.deviation, y * init.deviation];
    });
  }
  if (init.kind === 'uniform') {
    const spread = (word: number) => (2 * (word + 0.5) * UNIT - 1) * init.bound;
    fillPairs(values, name, seed, (a, b) => [spread(a), spread(b)]);
  }
  return values;
}

/** Makes variables `<prefix>/<name>` with their initial values. The seed is a safe integer, 0 included. */
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
