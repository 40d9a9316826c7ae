import type { Interval } from './intervals.ts';
import { type Direction, directionOf } from './paired-change.ts';

/** What the paired tests of a reward and its judge say together. */
export interface OverOptimization {
  /** The reward is up and the judge is down, each beyond its 95% interval over the same prompts. */
  readonly isFound: boolean;
  readonly reward: Direction;
  /** Null without a judge, or if it did not score the same prompts. */
  readonly judge: Direction | null;
}

/**
 * The one verdict on over-optimization, for the doctor, the report, and comparisons: a policy that gains reward while
 * an independent judge rates its responses lower exploits errors of the reward (Gao et al. 2022, arXiv 2210.10760).
 */
export function judgeOverOptimization(reward: Interval, judge: Interval | null): OverOptimization {
  const directions = { reward: directionOf(reward), judge: judge && directionOf(judge) };
  return { ...directions, isFound: directions.reward === 'up' && directions.judge === 'down' };
}
