import type { Remedy } from '#contract/api/runs/run-doctor.ts';
import type { Range, Setting } from './detector.ts';
import type { Series } from './series.ts';

/** Path of the learning rate. */
export const RATE = 'optimizer.learning_rate';

/** Two significant digits: a value to try, not a measurement. */
function rounded(value: number): number {
  return Number(value.toPrecision(2));
}

/** A remedy that does not set a single number in the config. */
export function advice(text: string, path: string | null = null, value: string | null = null): Remedy {
  return { text, path, value, isLive: false };
}

/** The value of a live field that is in force; null for any other path. */
export function valueInForce(path: string, { anchor, learningRate }: Setting): number | null {
  if (path === RATE) return learningRate;
  return anchor?.path === path ? anchor.value : null;
}

/** Sets a number within the range of its field; says so where the field is already at the end of its range. */
function change(path: string, now: number, wanted: number, range: Range, isLive: boolean): Remedy {
  const value = Math.min(Math.max(rounded(wanted), range.minimum), range.maximum);
  if (value !== now) return { text: `Set ${path} to ${value} (currently ${now}).`, path, value, isLive };
  const end = wanted > now ? 'largest' : 'smallest';
  return advice(`${path} is already at ${now}, the ${end} value to try. Start again with another reward or model.`);
}

/** Sets the anchor. Throws if the method has none. */
export function setAnchor({ anchor }: Setting, wanted: number): Remedy {
  if (!anchor) throw new TypeError('The method has no anchor.');
  return change(anchor.path, anchor.value, wanted, anchor.range, anchor.isLive);
}

/** Multiplies the learning rate. */
export function scaleRate({ learningRate, rateRange }: Setting, factor: number): Remedy {
  return change(RATE, learningRate, learningRate * factor, rateRange, true);
}

/**
 * Spread of the scaled advantages divided by λ. docs/algorithms/apa.md: the target's normalization holds while it is
 * below about 1. NaN for a method without λ.
 */
export function spreadOverLambda(series: Series, { anchor }: Setting): number {
  return anchor?.unit === 'scaled_advantage' ? series.mean('advantages/scaled_std', 1) / anchor.value : Number.NaN;
}

/** Above this spread, λ is the likely cause when a policy diverges; below it, the learning rate. */
const LOOSE = 2;
/**
 * Whitening has a critical λ, below which a policy sharpens until it is deterministic: 1.509 for two equal choices.
 * docs/algorithms/apa.md.
 */
const CRITICAL = 1.51;
const ABOVE_CRITICAL = 1.6;

/** λ of one deviation, at which APA's target is still normalized; with whitening, one above the critical λ. */
export function soundLambda(series: Series, { whitens }: Setting): number {
  // Of the first step: a policy that has diverged has lost its spread.
  return whitens ? ABOVE_CRITICAL : series.start('advantages/scaled_std');
}

/**
 * What holds back a policy that diverges: a sound λ where λ is too small, a KL coefficient, or smaller steps.
 */
export function holdBack(series: Series, setting: Setting): Remedy {
  const { anchor, whitens } = setting;
  const limit = whitens ? CRITICAL : series.start('advantages/scaled_std') / LOOSE;
  if (anchor?.unit === 'scaled_advantage' && anchor.value < limit)
    return setAnchor(setting, soundLambda(series, setting));
  const isUnheld = anchor?.unit === 'scaled_score' && anchor.value < 0.02;
  return isUnheld ? setAnchor(setting, Math.max(0.05, anchor.value * 4)) : scaleRate(setting, 0.25);
}
