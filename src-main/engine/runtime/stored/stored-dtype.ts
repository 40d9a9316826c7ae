import { KeelError } from '#contract/errors.ts';

/**
 * Storage type of a variable in memory; every operation computes in float32 regardless. All but float32 are frozen:
 * with so few bits, most updates would be lost, so steps must not change such a variable.
 *
 * `int8`: one scale for each row, the largest magnitude divided by 127 (as LLM.int8() stores weights, Dettmers et al.
 * 2022). `nf4`: 4-bit NormalFloat in blocks of 64 with doubly quantized scales (QLoRA, Dettmers et al. 2023).
 */
export const STORED_DTYPES = ['float32', 'float16', 'bfloat16', 'int8', 'nf4'] as const;
export type StoredDtype = (typeof STORED_DTYPES)[number];

const LARGEST_HALF = 65_504;

/**
 * Rejects numbers that the storage type cannot represent.
 * @throws KeelError `weights_exceed_half`
 */
export function expectStorable(name: string, data: Float32Array, stored: StoredDtype): void {
  if (stored !== 'float16') return;
  const outside = data.find((value) => Math.abs(value) > LARGEST_HALF);
  if (outside === undefined) return;
  throw new KeelError({
    code: 'weights_exceed_half',
    why: `${name} contains ${outside}; the largest float16 value is ${LARGEST_HALF}, so it would become infinite.`,
    fix: 'Store the frozen models as float32 or bfloat16: engine.frozen_dtype, or engine.base_dtype with an adapter.',
  });
}
