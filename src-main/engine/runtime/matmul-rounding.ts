import { type Binding, DT } from './binding.ts';
import { firstOfProduct } from './first-of-product.ts';

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
