/** One evaluation of a run: how far it went from the starting policy, and what it got for it. */
export interface FrontierPoint {
  readonly step: number;
  /** Exact KL to the starting policy, nats a response. */
  readonly kl: number;
  readonly value: number;
  /** Half of the value's 95 % interval over prompts; null where it is not known. */
  readonly half: number | null;
}

/** A run's value at a given KL, read between two evaluations. */
export interface FrontierReading {
  readonly value: number;
  readonly half: number | null;
  readonly fromStep: number;
  readonly toStep: number;
  /** How often the run passes this KL; the reading is of its first time. */
  readonly crossings: number;
}

function between(one: number | null, other: number | null, share: number): number | null {
  return one === null || other === null ? null : one + share * (other - one);
}

/**
 * Reads a run at a KL: linear between the two consecutive evaluations that first enclose it, so that runs are compared
 * at equal distance from where they started. Null when the run never was so far away, or never so near.
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

/** By step, without evaluations whose numbers could not be formed. */
export function finitePoints(points: readonly FrontierPoint[]): readonly FrontierPoint[] {
  return points
    .filter(({ kl, value }) => Number.isFinite(kl) && Number.isFinite(value))
    .toSorted((one, other) => one.step - other.step);
}

/** Where a run is best stopped, and what it did afterwards. */
export interface ProposedStop {
  readonly step: number;
  readonly value: number;
  /** `rising`: the last evaluation is the best; `level`: what followed lies within the interval; `fell`: it lies below. */
  readonly after: 'rising' | 'level' | 'fell';
  readonly last: FrontierPoint;
}

/** The evaluation with the highest value, the earlier one of equals. Null of nothing. */
export function proposeStop(points: readonly FrontierPoint[]): ProposedStop | null {
  const ordered = finitePoints(points);
  const last = ordered.at(-1);
  if (!last) return null;
  const best = ordered.reduce((top, point) => (point.value > top.value ? point : top));
  if (best === last) return { step: best.step, value: best.value, after: 'rising', last };
  const isWithin = best.value - last.value <= (best.half ?? 0);
  return { step: best.step, value: best.value, after: isWithin ? 'level' : 'fell', last };
}
