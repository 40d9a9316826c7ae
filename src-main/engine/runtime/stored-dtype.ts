import { KeelError } from '#contract/errors.ts';

/**
 * How a variable's numbers lie in memory; every op computes in float32 whatever it is. A float16 variable is frozen: its
 * 11 bits would swallow most updates, so no step may change it.
 */
export type StoredDtype = 'float32' | 'float16';

/** Bytes of one number. */
export const STORED_BYTES: Readonly<Record<StoredDtype, number>> = { float32: 4, float16: 2 };

const LARGEST_HALF = 65_504;

/**
 * Refuses numbers that would become infinite.
 * @throws KeelError `weights_exceed_half`
 */
export function expectStorable(name: string, data: Float32Array, stored: StoredDtype): void {
  if (stored === 'float32') return;
  const outside = data.find((value) => Math.abs(value) > LARGEST_HALF);
  if (outside === undefined) return;
  throw new KeelError({
    code: 'weights_exceed_half',
    why: `${name} holds ${outside}; float16 ends at ${LARGEST_HALF}, so it would become infinite.`,
    fix: 'Keep the frozen models as float32: engine.frozen_dtype.',
  });
}
