/**
 * The distributions that intervals and sample sizes need. Each function is a textbook formula; tests compare it with
 * scipy. Source of the series: W. H. Press et al., Numerical Recipes, third edition, chapter 6.
 */

/** Lanczos coefficients for g = 7, n = 9. Source: P. Godfrey, A note on the computation of the Lanczos Gamma, 2001. */
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const;

/** ln Γ(x) for x > 0. */
function logGamma(x: number): number {
  const [first, ...others] = LANCZOS;
  const series = others.reduce((sum, coefficient, i) => sum + coefficient / (x + i), first as number);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(series);
}

const TINY = 1e-300;
const awayFromZero = (value: number) => (Math.abs(value) < TINY ? TINY : value);

/** The continued fraction of the incomplete beta function, by Lentz's method. */
function betaFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m <= 500; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / awayFromZero(1 + even * d);
    c = awayFromZero(1 + even / c);
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / awayFromZero(1 + odd * d);
    c = awayFromZero(1 + odd / c);
    value *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return value;
}

/** The regularized incomplete beta function I_x(a, b). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(x, a, b)) / a : 1 - (front * betaFraction(1 - x, b, a)) / b;
}

/** P(|T| > |t|) of Student's t; degrees of freedom need not be whole. */
export function twoSidedP(t: number, degrees: number): number {
  return incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5);
}

/**
 * Quantile of Student's t by bisection of its logarithm. NaN for degrees of freedom that are not positive.
 * @param share above 0 and below 1, such as 0.975.
 */
export function studentQuantile(degrees: number, share = 0.975): number {
  if (!(degrees > 0)) return Number.NaN;
  if (share === 0.5) return 0;
  if (share < 0.5) return -studentQuantile(degrees, 1 - share);
  const outside = 2 * (1 - share);
  let [low, high] = [-40, 40];
  for (let round = 0; round < 70; round++) {
    const middle = (low + high) / 2;
    if (twoSidedP(Math.exp(middle), degrees) > outside) low = middle;
    else high = middle;
  }
  return Math.exp((low + high) / 2);
}

/** Φ(x): the share of a standard normal below x. */
export function normalShare(x: number): number {
  const outside = Math.abs(x) > 38 ? 0 : complementaryError(Math.abs(x) / Math.SQRT2) / 2;
  return x > 0 ? 1 - outside : outside;
}

/** Chebyshev coefficients of erfc. Source: Numerical Recipes, third edition, section 6.2.2. */
const ERFC = [
  -1.3026537197817094, 0.64196979235649, 1.9476473204185836e-2, -9.56151478680863e-3, -9.46595344482036e-4,
  3.66839497852761e-4, 4.2523324806907e-5, -2.0278578112534e-5, -1.624290004647e-6, 1.30365583558e-6, 1.5626441722e-8,
  -8.5238095915e-8, 6.529054439e-9, 5.059343495e-9, -9.91364156e-10, -2.27365122e-10, 9.6467911e-11, 2.394038e-12,
  -6.886027e-12, 8.94487e-13, 3.13092e-13, -1.12708e-13, 3.81e-16, 7.106e-15,
] as const;

/** erfc(z) for z >= 0. */
function complementaryError(z: number): number {
  const t = 2 / (2 + z);
  const ty = 4 * t - 2;
  let [d, dd] = [0, 0];
  for (let j = ERFC.length - 1; j > 0; j--) [d, dd] = [ty * d - dd + ERFC[j]!, d];
  return t * Math.exp(-z * z + 0.5 * (ERFC[0] + ty * d) - dd);
}

/** Density of the standard deviation of a normal sample divided by its true value: √(χ²/ν). */
function deviationDensity(degrees: number): (u: number) => number {
  const half = degrees / 2;
  const front = Math.log(2) + half * Math.log(half) - logGamma(half);
  return (u) => Math.exp(front + (degrees - 1) * Math.log(u) - half * u * u);
}

/**
 * P(T > t) of the noncentral t, integrated over the estimated deviation by Simpson's rule: E[1 - Φ(t u - δ)].
 * @param shift δ, the true effect divided by its standard error.
 */
export function noncentralAbove(t: number, degrees: number, shift: number): number {
  const spread = 8 / Math.sqrt(2 * degrees);
  const [from, to] = [Math.max(1e-9, 1 - spread), 1 + spread];
  const parts = 200;
  const density = deviationDensity(degrees);
  const width = (to - from) / parts;
  let total = 0;
  for (let i = 0; i <= parts; i++) {
    const u = from + i * width;
    const weight = i === 0 || i === parts ? 1 : i % 2 === 1 ? 4 : 2;
    total += weight * density(u) * normalShare(shift - t * u);
  }
  return (total * width) / 3;
}
