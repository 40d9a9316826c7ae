import { existsSync, readFileSync } from 'node:fs';
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

/**
 * What Linux says of a processor whose products of bfloat16 are fast: AMX, or AMD's AVX512-BF16. Intel's AVX512-BF16
 * without AMX computes them at half the rate of float32 (measured on a Xeon whose AMX is hidden from the machine).
 */
const ABILITIES = [/\bamx_bf16\b/, /\bAuthenticAMD\b[\s\S]*\bavx512_bf16\b/] as const;

/**
 * Whether products of bfloat16 matrices are faster here than those of float32: on a processor that has fast ones, and on
 * a GPU. Elsewhere TensorFlow computes them too, but slowly. False where the system does not tell.
 * @param abilities the contents of /proc/cpuinfo
 */
export function multipliesBfloat16(binding: Pick<Binding, 'isUsingGpuDevice'>, abilities = readAbilities()): boolean {
  return binding.isUsingGpuDevice() || ABILITIES.some((ability) => ability.test(abilities));
}

function readAbilities(): string {
  return existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : '';
}
