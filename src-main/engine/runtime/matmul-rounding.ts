import { type Binding, DT } from './binding.ts';
import { firstOfProduct } from './first-of-product.ts';

const SIZE = 128;
/** Float32 has it in full, bfloat16 as 1. */
const FINE = 1 + 2 ** -12;

/**
 * Whether this process multiplies float32 matrices rounded to bfloat16: the sum of 128 numbers a little above 1 tells.
 * False on a GPU, whose float32 products follow rules of their own.
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
