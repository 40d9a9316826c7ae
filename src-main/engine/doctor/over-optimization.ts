import { type Detector, evidence } from './detector.ts';
import { scaleRate, setAnchor } from './remedies.ts';

const JUDGE = 'eval/judge_win_rate_high';
const REWARD = 'eval/win_rate_low';
const EVEN = 0.5;

/**
 * Over-optimization: on the fixed prompts the reward prefers the new replies while the judge prefers the start's, each
 * beyond its 95 % interval. Docs: docs/algorithms/doctor.md.
 */
export const overOptimization: Detector = {
  regime: 'over_optimization',
  detect(series, setting) {
    if (!(series.now(JUDGE) < EVEN && series.now(REWARD) > EVEN)) return null;
    const { anchor } = setting;
    return {
      isAlarm: true,
      cause: 'The policy has learned what the reward mistakes for good: the judge likes its replies less than before.',
      evidence: [
        evidence(JUDGE, 'the last evaluation', series.now(JUDGE), 'below', EVEN),
        evidence(REWARD, 'the last evaluation', series.now(REWARD), 'above', EVEN),
      ],
      remedy: anchor ? setAnchor(setting, anchor.value > 0 ? 2 * anchor.value : 0.05) : scaleRate(setting, 0.5),
    };
  },
};
