import { KeelError } from '#contract/errors.ts';

/**
 * Storage type of a variable in memory; every operation computes in float32 regardless. A float16 variable is frozen:
 * with 11 bits, most updates would be lost, so steps must not change it.
 */
export type StoredDtype = 'float32' | 'float16';

/** Bytes per number. */
export const STORED_BYTES: Readonly<Record<StoredDtype, number>> = { float32: 4, float16: 2 };

const LARGEST_HALF = 65_504;

/**
 * Rejects numbers that would become infinite.
 * @throws KeelError `weights_exceed_half`
 */
export function expectStorable(name: string, data: Float32Array, stored: StoredDtype): void {
  if (stored === 'float32') return;
  const outside = data.find((value) => Math.abs(value) > LARGEST_HALF);
  if (outside === undefined) return;
  throw new KeelError({
    code: 'weights_exceed_half',
    why: `${name} contains ${outside}; the largest float16 value is ${LARGEST_HALF}, so it would become infinite.`,
    fix: 'Store the frozen models as float32: engine.frozen_dtype.',
  });
}
