import type { Comparison, EvaluationPoint, RunStop } from '#contract/api/runs/studies.ts';
import { formatDigits } from '#contract/format.ts';
import { type FrontierPoint, readFrontier } from '#contract/statistics/frontier.ts';
import { type MeanInterval, meanInterval } from '#contract/statistics/mean-interval.ts';

export type FrontierMeasure = 'reward' | 'judge';

/** The evaluations of one run as points of the frontier. */
export function frontierPoints(points: readonly EvaluationPoint[], measure: FrontierMeasure): readonly FrontierPoint[] {
  return points.flatMap(({ step, kl, reward, rewardHalf, judge, judgeHalf }) => {
    const value = measure === 'reward' ? reward : judge;
    return value === null ? [] : [{ step, kl, value, half: measure === 'reward' ? rewardHalf : judgeHalf }];
  });
}

/** What "best" means for one run, as on its own page and for the checkpoint that is kept: the judge if it has one. */
export function ownMeasure({ evaluations }: Pick<Comparison, 'evaluations'>, index: number): FrontierMeasure {
  return evaluations[index]!.points.some(({ judge }) => judge !== null) ? 'judge' : 'reward';
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
  /** Number of seeds whose value is interpolated from the start that all of them share. */
  readonly fromStart: number;
}

/** What seeds share is no spread between them: the interval of the start they interpolate from is added to theirs. */
function withSharedStart(mean: MeanInterval, startHalf: number): MeanInterval {
  const half = Math.hypot((mean.high - mean.low) / 2, startHalf);
  return { ...mean, low: mean.mean - half, high: mean.mean + half };
}

/** Every group at one KL. */
export function readGroups(comparison: Comparison, measure: FrontierMeasure, kl: number): readonly GroupReading[] {
  const readings = comparison.runs.map(({ group }, index) => {
    const points = frontierPoints(comparison.evaluations[index]?.points ?? [], measure);
    return { group, reading: readFrontier(points, kl), startHalf: points[0]?.half ?? 0 };
  });
  return [...Map.groupBy(readings, ({ group }) => group)].map(([group, members]) => {
    const known = members.flatMap(({ reading, startHalf }) => (reading ? [{ ...reading, startHalf }] : []));
    const mean = meanInterval(known.map(({ value }) => value));
    const shared = known.reduce((sum, { startWeight, startHalf }) => sum + (startWeight * startHalf) / known.length, 0);
    return {
      group,
      mean: known.length > 1 ? withSharedStart(mean, shared) : mean,
      half: known.length === 1 ? (known[0]?.half ?? null) : null,
      crossings: Math.max(0, ...known.map(({ crossings }) => crossings)),
      fromStart: known.length > 1 ? known.filter(({ startWeight }) => startWeight > 0).length : 0,
    };
  });
}

export interface StopAdvice {
  readonly stop: RunStop;
  /** The newest kept checkpoint at or before the proposed step; null if there is none. */
  readonly checkpoint: number | null;
  readonly reason: string;
}

const AFTER: Readonly<Record<RunStop['after'], (stop: RunStop) => string>> = {
  rising: ({ comparedStep }) =>
    `This is the last evaluation and the best one, above iteration ${comparedStep} beyond the interval: more training may still help.`,
  level: ({ step, last, comparedStep }) =>
    step === last.step
      ? `This is the last evaluation and the highest, but not above iteration ${comparedStep} beyond the interval: more training shows no further gain.`
      : `Later values stay within the interval up to iteration ${last.step}: more KL brings no further gain.`,
  fell: ({ value, last }) => `After that, it falls to ${formatDigits(last.value, 3)} from ${formatDigits(value, 3)}`,
};

const OVER = 'over-optimization';

/** Which checkpoint of a run to use, and why. */
export function adviseStop(comparison: Comparison, index: number, measure: FrontierMeasure): StopAdvice | null {
  const { kept, stops, isOverOptimized } = comparison.evaluations[index]!;
  const stop = stops[measure];
  if (!stop) return null;
  const why = AFTER[stop.after](stop);
  const end = stop.after !== 'fell' ? '' : stop.isOverOptimized ? ` while the reward still rises: ${OVER}.` : '.';
  const verdict = isOverOptimized
    ? ` Since the start, the reward is up and the judge down, each beyond its interval: ${OVER}.`
    : '';
  const checkpoint = kept.filter((step) => step <= stop.step).at(-1) ?? null;
  return { stop, checkpoint, reason: `${why}${end}${verdict}` };
}
