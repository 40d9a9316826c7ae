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
  /** `rising`: the last evaluation is the best; `level`: the last is within the best's interval; `fell`: below it. */
  readonly after: 'rising' | 'level' | 'fell';
  readonly last: FrontierPoint;
}

/** Proposes the evaluation with the highest value, the earliest one of equals. Null if there are no points. */
export function proposeStop(points: readonly FrontierPoint[]): ProposedStop | null {
  const ordered = finitePoints(points);
  const last = ordered.at(-1);
  if (!last) return null;
  const best = ordered.reduce((top, point) => (point.value > top.value ? point : top));
  if (best === last) return { step: best.step, value: best.value, after: 'rising', last };
  const isWithin = best.value - last.value <= (best.half ?? 0);
  return { step: best.step, value: best.value, after: isWithin ? 'level' : 'fell', last };
}
