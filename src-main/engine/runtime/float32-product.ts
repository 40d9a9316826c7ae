import { type Binding, boolAttribute, DT, typeAttribute } from './binding.ts';

/**
 * First number of the product of two float32 matrices, using only the addon; reading it waits for the device. Throws if
 * the addon returns none.
 *
 * @param factors the addon's tensors [n, n] and [n, n], which are not freed
 */
export function firstOfProduct(binding: Binding, factors: readonly [number, number]): number {
  const attributes = [
    boolAttribute('transpose_a', false),
    boolAttribute('transpose_b', false),
    typeAttribute('T', DT.float),
  ];
  const [product] = binding.executeOp('MatMul', attributes, [...factors], 1);
  if (!product) throw new Error('MatMul returned no result.');
  const [first] = binding.tensorDataSync(product.id);
  binding.deleteTensor(product.id);
  return first as number;
}

const SIZE = 128;
/** Exact in float32; bfloat16 rounds it to 1. */
const FINE = 1 + 2 ** -12;

/**
 * Whether this process multiplies float32 matrices rounded to bfloat16, detected from the sum of 128 numbers slightly
 * above 1. False on a GPU, where other rules apply to float32 products.
 */
export function roundsMatmuls(binding: Binding): boolean {
  if (binding.isUsingGpuDevice()) return false;
  const matrix = (value: number) =>
    binding.createTensor([SIZE, SIZE], DT.float, new Float32Array(SIZE * SIZE).fill(value));
  const factors = [matrix(FINE), matrix(1)] as const;
  const sum = firstOfProduct(binding, factors);
  for (const id of factors) binding.deleteTensor(id);
  return sum === SIZE;
}
