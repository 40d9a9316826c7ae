import { existsSync, readFileSync } from 'node:fs';
import { type Binding, boolAttribute, DT, typeAttribute } from './binding.ts';

/**
 * First number of the product of two matrices, using only the addon; reading it waits for the device. Throws if the
 * addon returns none.
 *
 * @param factors the addon's tensors [n, n] and [n, n], which are not freed
 * @param dtype of the factors: DT.float or DT.bfloat16
 */
export function firstOfProduct(
  binding: Binding,
  factors: readonly [number, number],
  dtype: typeof DT.float | typeof DT.bfloat16 = DT.float,
): number {
  const attributes = [
    boolAttribute('transpose_a', false),
    boolAttribute('transpose_b', false),
    typeAttribute('T', dtype),
  ];
  const [product] = binding.executeOp('MatMul', attributes, [...factors], 1);
  if (!product) throw new Error('MatMul returned no result.');
  // The addon cannot read a tensor of bfloat16.
  const read = dtype === DT.float ? product.id : castOnce(binding, product.id, dtype, DT.float);
  const [first] = binding.tensorDataSync(read);
  for (const id of new Set([product.id, read])) binding.deleteTensor(id);
  return first as number;
}

/** The addon's tensor in another type. */
export function castOnce(binding: Binding, id: number, from: number, to: number): number {
  const attributes = [typeAttribute('SrcT', from), typeAttribute('DstT', to), boolAttribute('Truncate', false)];
  const [made] = binding.executeOp('Cast', attributes, [id], 1);
  if (!made) throw new Error('Cast returned no result.');
  return made.id;
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
