import { judgeOverOptimization } from '#contract/statistics/over-optimization.ts';
import { type Detector, evidence } from './detector.ts';
import { scaleRate, setAnchor } from './remedies.ts';
import type { Series } from './series.ts';

const REWARD = 'eval/reward_change';
const JUDGE = 'eval/judge_change';

const intervalOf = (series: Series, key: string) => ({
  low: series.now(`${key}_low`),
  high: series.now(`${key}_high`),
});

/**
 * Over-optimization: on the same fixed prompts, the reward has risen and the judge has fallen since the start, each
 * beyond its paired 95% interval. Docs: docs/algorithms/doctor.md.
 */
export const overOptimization: Detector = {
  regime: 'over_optimization',
  isDue: (series) => series.last(`${JUDGE}_high`, 1) !== null,
  detect(series, setting) {
    const [reward, judge] = [intervalOf(series, REWARD), intervalOf(series, JUDGE)];
    if (!judgeOverOptimization(reward, judge).isFound) return null;
    const { anchor } = setting;
    return {
      isAlarm: true,
      cause: 'The policy exploits errors of the reward: the judge rates its responses lower than before.',
      evidence: [
        evidence(`${JUDGE}_high`, 'the last evaluation', judge.high, 'below', 0),
        evidence(`${REWARD}_low`, 'the last evaluation', reward.low, 'above', 0),
      ],
      remedy: anchor ? setAnchor(setting, anchor.value > 0 ? 2 * anchor.value : 0.05) : scaleRate(setting, 0.5),
    };
  },
};
