const f = Math.fround;
const MAGIC = 12_582_912;

/** Rounds to the nearest integer, halves to even, as ggml's `nearest_int`. */
export const nearest = (value: number): number => f(f(value) + MAGIC) - MAGIC;

const clamp = (value: number, least: number, most: number) => Math.max(least, Math.min(most, value));

/** A group's integers q and the line x ≈ scale · q - least that they are on. */
export interface Fit {
  scale: number;
  /** Not negative; what is subtracted. */
  least: number;
}

interface Search {
  /** Largest integer. */
  readonly most: number;
  readonly from: number;
  readonly step: number;
  readonly steps: number;
}

/** Weighted sum of squared errors of q on a line. */
function errorOf(x: Float32Array, w: Float32Array, q: Uint8Array, scale: number, base: number): number {
  let error = 0;
  for (let i = 0; i < x.length; i++) {
    const difference = f(f(f(scale * (q[i] as number)) + base) - (x[i] as number));
    error = f(error + f((w[i] as number) * f(difference * difference)));
  }
  return error;
}

/** Fits the line to integers by weighted least squares; null if it is not determined. */
function refit(x: Float32Array, w: Float32Array, q: Uint8Array, sums: readonly [number, number]) {
  const [sumW, sumX] = sums;
  let [l, l2, xl] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const weighted = f((w[i] as number) * (q[i] as number));
    l = f(l + weighted);
    l2 = f(l2 + f(weighted * (q[i] as number)));
    xl = f(xl + f(weighted * (x[i] as number)));
  }
  const determinant = f(f(sumW * l2) - f(l * l));
  if (determinant <= 0) return null;
  const base = f(f(f(l2 * sumX) - f(l * xl)) / determinant);
  if (base > 0) return { scale: f(xl / l2), base: 0 };
  return { scale: f(f(f(sumW * xl) - f(sumX * l)) / determinant), base };
}

function rounded(x: Float32Array, q: Uint8Array, inverse: number, base: number, most: number): void {
  for (let i = 0; i < x.length; i++) q[i] = clamp(nearest(inverse * f((x[i] as number) - base)), 0, most);
}

/** Line and integers of a group with the least weighted error among some scales. Source: `make_qkx2_quants` of ggml. */
export function fitLine(x: Float32Array, w: Float32Array, { most, from, step, steps }: Search): Fit {
  let [low, high, sumW, sumX] = [x[0] as number, x[0] as number, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const value = x[i] as number;
    if (value < low) low = value;
    if (value > high) high = value;
    sumW = f(sumW + (w[i] as number));
    sumX = f(sumX + f((w[i] as number) * value));
  }
  if (low > 0) low = 0;
  if (high === low) return { scale: 0, least: -low };
  const range = f(high - low);
  const q = new Uint8Array(x.length);
  let best = { scale: f(1 / f(most / range)), base: low };
  rounded(x, q, f(most / range), low, most);
  let error = errorOf(x, w, q, best.scale, best.base);
  for (let index = 0; index <= steps; index++) {
    // As in ggml, each try starts from the best line so far.
    const inverse = f(f(f(from + f(f(step) * index)) + most) / f(high - best.base));
    rounded(x, q, inverse, best.base, most);
    const line = refit(x, w, q, [sumW, sumX]);
    const own = line ? errorOf(x, w, q, line.scale, line.base) : Number.POSITIVE_INFINITY;
    if (line && own < error) {
      best = line;
      error = own;
    }
  }
  return { scale: best.scale, least: -best.base };
}

/** Sums over the group for integers at an inverse scale: Σ w x q and Σ w q². */
function momentsAt(x: Float32Array, inverse: number, half: number): readonly [number, number] {
  let [xl, l2] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    const value = x[i] as number;
    const q = clamp(nearest(inverse * value), -half, half - 1);
    const weighted = f(value * value);
    xl = f(xl + f(f(weighted * value) * q));
    l2 = f(l2 + f(f(weighted * q) * q));
  }
  return [xl, l2];
}

/** Scale of a group of signed integers with weights x². Source: `make_qx_quants` of ggml. */
export function fitScale(x: Float32Array, half: number): number {
  let extreme = 0;
  for (const value of x) if (Math.abs(value) > Math.abs(extreme)) extreme = value;
  if (Math.abs(extreme) < 1e-15) return 0;
  let [xl, l2] = momentsAt(x, f(-half / extreme), half);
  let scale = l2 ? f(xl / l2) : 0;
  let best = f(scale * xl);
  for (let step = -9; step <= 9; step++) {
    if (step === 0) continue;
    [xl, l2] = momentsAt(x, f(-(half + 0.1 * step) / extreme), half);
    if (l2 > 0 && xl * xl > best * l2) {
      scale = f(xl / l2);
      best = f(scale * xl);
    }
  }
  return scale;
}
