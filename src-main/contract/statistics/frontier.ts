import type { Interval } from './intervals.ts';
import { directionOf } from './paired-change.ts';

/** One evaluation of a run: its distance from the starting policy, and the value reached there. */
export interface FrontierPoint {
  readonly step: number;
  /** Exact KL to the starting policy, nats per response. */
  readonly kl: number;
  readonly value: number;
  /** Half the width of the value's 95% interval over prompts; null if unknown. */
  readonly half: number | null;
}

/** A run's value at a given KL, interpolated between two evaluations. */
export interface FrontierReading {
  readonly value: number;
  readonly half: number | null;
  readonly fromStep: number;
  readonly toStep: number;
  /** Weight of the evaluation at `toStep`; that at `fromStep` has the rest. */
  readonly toWeight: number;
  /** Weight of the run's first evaluation in the value: seeds of one start share it. */
  readonly startWeight: number;
  /** How often the run passes this KL; the reading is from the first time. */
  readonly crossings: number;
}

function between(one: number | null, other: number | null, share: number): number | null {
  return one === null || other === null ? null : one + share * (other - one);
}

/**
 * Reads a run's value at a KL by linear interpolation between the first two consecutive evaluations that enclose it, so
 * that runs are compared at equal distance from their start. Null if the run was never that far from it, or that near.
 */
export function readFrontier(points: readonly FrontierPoint[], kl: number): FrontierReading | null {
  let first: Omit<FrontierReading, 'crossings'> | null = null;
  let crossings = 0;
  const ordered = finitePoints(points);
  for (const [index, to] of ordered.entries()) {
    const from = ordered[index - 1] ?? to;
    const isOn = to.kl === kl;
    const isBetween = (from.kl - kl) * (to.kl - kl) < 0;
    if (!isOn && !isBetween) continue;
    const share = isOn ? 1 : (kl - from.kl) / (to.kl - from.kl);
    crossings += 1;
    first ??= {
      value: from.value + share * (to.value - from.value),
      half: between(from.half, to.half, share),
      fromStep: isOn ? to.step : from.step,
      toStep: to.step,
      toWeight: share,
      startWeight: index === 0 ? 1 : index === 1 && !isOn ? 1 - share : 0,
    };
  }
  return first && { ...first, crossings };
}

/** The points in step order, without those whose numbers could not be computed. */
export function finitePoints(points: readonly FrontierPoint[]): readonly FrontierPoint[] {
  return points
    .filter(({ kl, value }) => Number.isFinite(kl) && Number.isFinite(value))
    .toSorted((one, other) => one.step - other.step);
}

/** The best step to stop a run at, and what it did afterwards. */
export interface ProposedStop {
  readonly step: number;
  readonly value: number;
  /**
   * `rising`: the last evaluation is the best, above the one halfway beyond the interval; `level`: no such gain; `fell`:
   * the last is below the best beyond the interval.
   */
  readonly after: 'rising' | 'level' | 'fell';
  readonly last: FrontierPoint;
  /** The evaluation with which the last is compared: the best, or the one halfway if the last is the best. */
  readonly comparedStep: number;
}

/** The 95% interval of a run's change between two of its evaluations. */
export type ChangeBetween = (fromStep: number, toStep: number) => Interval | null;

/** The interval of a difference between two means whose prompts are not known, as if they were independent. */
function unpaired(from: FrontierPoint, to: FrontierPoint): Interval {
  const half = Math.hypot(from.half ?? Number.NaN, to.half ?? Number.NaN);
  return { low: to.value - from.value - half, high: to.value - from.value + half };
}

/** Proposes the evaluation with the highest value, the earliest one of equals. Null if there are fewer than two. */
export function proposeStop(points: readonly FrontierPoint[], changeOf: ChangeBetween): ProposedStop | null {
  const ordered = finitePoints(points);
  if (ordered.length < 2) return null;
  const last = ordered.at(-1)!;
  const best = ordered.reduce((top, point) => (point.value > top.value ? point : top));
  const other = best === last ? ordered[Math.floor((ordered.length - 1) / 2)]! : best;
  const direction = directionOf(changeOf(other.step, last.step) ?? unpaired(other, last));
  const isRising = best === last && direction === 'up';
  const after = isRising ? 'rising' : best !== last && direction === 'down' ? 'fell' : 'level';
  return { step: best.step, value: best.value, after, last, comparedStep: other.step };
}
