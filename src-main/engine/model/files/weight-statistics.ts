/** Statistics of a tensor's values. Minimum, maximum, mean and deviation are over the finite ones. */
export interface WeightStatistics {
  readonly count: number;
  readonly nan: number;
  readonly infinite: number;
  readonly zeros: number;
  /** Number of values so small that float32 stores them with fewer digits. */
  readonly denormal: number;
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly mean: number | null;
  readonly deviation: number | null;
}

const SMALLEST_NORMAL = 2 ** -126;

/** Counts and moments of a tensor's values, in float64. */
export function weightStatistics(values: Float32Array): WeightStatistics {
  let nan = 0;
  let infinite = 0;
  let zeros = 0;
  let denormal = 0;
  let minimum = Number.POSITIVE_INFINITY;
  let maximum = Number.NEGATIVE_INFINITY;
  let sum = 0;
  let squares = 0;
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number;
    if (Number.isNaN(value)) nan += 1;
    else if (!Number.isFinite(value)) infinite += 1;
    else {
      if (value === 0) zeros += 1;
      else if (Math.abs(value) < SMALLEST_NORMAL) denormal += 1;
      if (value < minimum) minimum = value;
      if (value > maximum) maximum = value;
      sum += value;
      squares += value * value;
    }
  }
  const finite = values.length - nan - infinite;
  const counts = { count: values.length, nan, infinite, zeros, denormal };
  if (finite === 0) return { ...counts, minimum: null, maximum: null, mean: null, deviation: null };
  const mean = sum / finite;
  return { ...counts, minimum, maximum, mean, deviation: Math.sqrt(Math.max(squares / finite - mean * mean, 0)) };
}

/** Why a tensor with these values must not be used, or null if it can be. */
export function weightFault({ count, nan, infinite }: WeightStatistics): string | null {
  if (nan + infinite === 0) return null;
  return `${nan} NaN and ${infinite} infinite of ${count} values`;
}
