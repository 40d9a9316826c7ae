import { type Detector, evidence } from './detector.ts';
import { scaleRate, setAnchor } from './remedies.ts';

const JUDGE = 'eval/judge_win_rate_high';
const REWARD = 'eval/win_rate_low';
const EVEN = 0.5;

/**
 * Over-optimization: on the fixed prompts, the reward prefers the new responses while the judge prefers those of the
 * starting policy, each beyond its 95% interval. Docs: docs/algorithms/doctor.md.
 */
export const overOptimization: Detector = {
  regime: 'over_optimization',
  detect(series, setting) {
    if (!(series.now(JUDGE) < EVEN && series.now(REWARD) > EVEN)) return null;
    const { anchor } = setting;
    return {
      isAlarm: true,
      cause: 'The policy exploits errors of the reward: the judge rates its responses lower than before.',
      evidence: [
        evidence(JUDGE, 'the last evaluation', series.now(JUDGE), 'below', EVEN),
        evidence(REWARD, 'the last evaluation', series.now(REWARD), 'above', EVEN),
      ],
      remedy: anchor ? setAnchor(setting, anchor.value > 0 ? 2 * anchor.value : 0.05) : scaleRate(setting, 0.5),
    };
  },
};
