import { z } from 'zod';
import type { FROZEN_DTYPES } from '../config/groups/engine-settings.ts';

const count = z.int().nonnegative();

/** Matrices of one name: sizes of input and output, and how many layers have one. */
const matrixSchema = z.object({ name: z.string(), inputs: count, outputs: count, count });
export type NamedMatrix = z.infer<typeof matrixSchema>;

/** The sizes of a network that its memory follows from. */
export const networkShapeSchema = z.object({
  width: count.describe('of the residual stream'),
  layers: count,
  heads: count,
  keyValueHeads: count,
  headWidth: count,
  innerWidth: count,
  vocabSize: count,
  linear: z.array(matrixSchema).describe('linear layers of the blocks, by the last part of their names'),
  tables: z.array(matrixSchema).describe('embeddings, and an output matrix of its own'),
  vectors: count.describe('parameters of norms and biases'),
});
export type NetworkShape = z.infer<typeof networkShapeSchema>;

export type FrozenDtype = (typeof FROZEN_DTYPES)[number];

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const sizeOf = (matrices: readonly NamedMatrix[]) => sum(matrices.map((one) => one.inputs * one.outputs * one.count));

/** Number of parameters. */
export function parametersOf({ linear, tables, vectors }: NetworkShape): number {
  return sizeOf(linear) + sizeOf(tables) + vectors;
}

/** Bytes of a matrix in `nf4`: 4 bits, a scale of a byte for 64 weights, and a scale of 4 bytes for 256 scales. */
const NF4_BYTES = 1 / 2 + 1 / 64 + 4 / (64 * 256);

/**
 * Bytes of a frozen network in memory. As in QLoRA, `int8` and `nf4` are for the matrices of the blocks; embedding and
 * output matrix are then bfloat16. Vectors are float32 unless everything is float16.
 */
export function storedBytes({ linear, tables, vectors }: NetworkShape, dtype: FrozenDtype): number {
  const [inBlocks, outside] = [sizeOf(linear), sizeOf(tables)];
  if (dtype === 'float32') return 4 * (inBlocks + outside + vectors);
  if (dtype === 'float16') return 2 * (inBlocks + outside + vectors);
  const rest = 2 * outside + 4 * vectors;
  if (dtype === 'bfloat16') return 2 * inBlocks + rest;
  if (dtype === 'nf4') return NF4_BYTES * inBlocks + rest;
  // A scale of 4 bytes for each row.
  return inBlocks + 4 * sum(linear.map((one) => one.outputs * one.count)) + rest;
}

export interface LoraSizes {
  readonly r: number;
  /** `all-linear`, or the ends of layer names. */
  readonly targets: readonly string[];
}

/** Number of layers of a name that targets select: all of them, or those that are named in full. */
function layersNamed({ name, count: layers }: NamedMatrix, targets: readonly string[]): number {
  const named = targets.filter((target) => target === name || target.endsWith(`.${name}`));
  const isOne = (target: string) => /(^|\.)\d+\./.test(target);
  return named.some((target) => !isOne(target)) ? layers : Math.min(layers, named.length);
}

/** Number of parameters of an adapter: r for each input and each output of every layer that it adds to. */
export function adapterParameters({ linear, tables }: NetworkShape, { r, targets }: LoraSizes): number {
  const isAll = targets.includes('all-linear');
  const ofLayer = (one: NamedMatrix) => (one.inputs + one.outputs) * (isAll ? one.count : layersNamed(one, targets));
  return r * sum((isAll ? linear : [...linear, ...tables]).map(ofLayer));
}

/** Floats of the largest matrix. */
export function largestMatrix({ linear, tables }: NetworkShape): number {
  return Math.max(0, ...[...linear, ...tables].map(({ inputs, outputs }) => inputs * outputs));
}
