import type { Comparison, EvaluationPoint } from '#contract/api/runs/studies.ts';
import { formatDigits } from '#contract/format.ts';
import { type FrontierPoint, type ProposedStop, proposeStop, readFrontier } from '#contract/statistics/frontier.ts';
import { type MeanInterval, meanInterval } from '#contract/statistics/mean-interval.ts';

export type FrontierMeasure = 'reward' | 'judge';

/** The evaluations of one run as points of the frontier. */
export function frontierPoints(points: readonly EvaluationPoint[], measure: FrontierMeasure): readonly FrontierPoint[] {
  return points.flatMap(({ step, kl, reward, rewardHalf, judge, judgeHalf }) => {
    const value = measure === 'reward' ? reward : judge;
    return value === null ? [] : [{ step, kl, value, half: measure === 'reward' ? rewardHalf : judgeHalf }];
  });
}

/** Uses the judge if every run has one, because it is independent of the training reward. */
export function defaultMeasure({ evaluations }: Pick<Comparison, 'evaluations'>): FrontierMeasure {
  const isJudged = evaluations.every(({ points }) => points.length > 0 && points.some(({ judge }) => judge !== null));
  return isJudged && evaluations.length > 0 ? 'judge' : 'reward';
}

export interface GroupReading {
  readonly group: number;
  /** Over the runs of the group that reached this KL. */
  readonly mean: MeanInterval;
  /** For a single run, half of its interval over prompts. */
  readonly half: number | null;
  readonly crossings: number;
}

/** Every group at one KL. */
export function readGroups(comparison: Comparison, measure: FrontierMeasure, kl: number): readonly GroupReading[] {
  const readings = comparison.runs.map(({ group }, index) => ({
    group,
    reading: readFrontier(frontierPoints(comparison.evaluations[index]?.points ?? [], measure), kl),
  }));
  return [...Map.groupBy(readings, ({ group }) => group)].map(([group, members]) => {
    const known = members.flatMap(({ reading }) => reading ?? []);
    return {
      group,
      mean: meanInterval(known.map(({ value }) => value)),
      half: known.length === 1 ? (known[0]?.half ?? null) : null,
      crossings: Math.max(0, ...known.map(({ crossings }) => crossings)),
    };
  });
}

export interface StopAdvice {
  readonly stop: ProposedStop;
  /** The newest kept checkpoint at or before the proposed step; null if there is none. */
  readonly checkpoint: number | null;
  readonly reason: string;
}

const AFTER: Readonly<Record<ProposedStop['after'], (stop: ProposedStop) => string>> = {
  rising: () => 'This is the last evaluation and the best one: more training may still help.',
  level: ({ last }) =>
    `Later values stay within its interval up to iteration ${last.step}: more KL brings no further gain.`,
  fell: ({ value, last }) => `After that, it falls to ${formatDigits(last.value, 3)} from ${formatDigits(value, 3)}`,
};

/** Which checkpoint of a run to use, and why. */
export function adviseStop(comparison: Comparison, index: number, measure: FrontierMeasure): StopAdvice | null {
  const { points = [], kept = [] } = comparison.evaluations[index] ?? {};
  const stop = proposeStop(frontierPoints(points, measure));
  if (!stop) return null;
  const at = points.find(({ step }) => step === stop.step);
  const last = points.find(({ step }) => step === stop.last.step);
  const isHacked = stop.after === 'fell' && measure === 'judge' && at && last && last.reward > at.reward;
  const why = AFTER[stop.after](stop);
  const hacked = isHacked ? ' while the training reward still rises: over-optimization.' : '.';
  const checkpoint = kept.filter((step) => step <= stop.step).at(-1) ?? null;
  return { stop, checkpoint, reason: stop.after === 'fell' ? `${why}${hacked}` : why };
}
