import type { StudyReport } from '#contract/api/runs/planned-studies.ts';
import type { BestOf, StartSamples } from '#contract/api/runs/start-samples.ts';
import { bestOfN, bestOfNKlBound } from '#contract/statistics/best-of-n.ts';
import { groupInterval } from '#contract/statistics/clustered-mean.ts';

/** 1, 2, 4 … and the number of samples itself. */
function sizesUpTo(samples: number): readonly number[] {
  const powers = Array.from({ length: Math.floor(Math.log2(samples)) + 1 }, (_, at) => 2 ** at);
  return powers.includes(samples) ? powers : [...powers, samples];
}

/** "Best of n" chosen by the reward and measured by the reward or the judge; null if there is nothing to measure by. */
export function describeBestOf(known: StartSamples | null, by: StudyReport['by']): BestOf | null {
  const values = by === 'judge' ? known?.judges : known?.rewards;
  if (!known || !values || known.samples < 2) return null;
  const of = (n: number) => known.rewards.map((scores, prompt) => bestOfN(scores, values[prompt]!, n));
  const single = of(1);
  const points = sizesUpTo(known.samples).map((n) => {
    const gains = of(n).map((value, prompt) => value - single[prompt]!);
    const mean = gains.reduce((sum, gain) => sum + gain, 0) / gains.length;
    const prompts = new Map(gains.map((gain, prompt) => [String(prompt), gain]));
    const { low, high } = groupInterval([{ mean, prompts }]);
    return { n, kl: bestOfNKlBound(n), mean, low, high };
  });
  return { samples: known.samples, prompts: known.rewards.length, distinct: known.distinct, points };
}
