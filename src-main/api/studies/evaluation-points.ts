import type { EvaluationPoint } from '#contract/api/runs/studies.ts';
import { halfWidth } from '#contract/statistics/mean-interval.ts';
import type { ReadableDb } from '../../store/database.ts';
import { readSeries } from '../../store/queries/metrics.ts';
import type { Config, WithConfig } from './compared-run.ts';

/** Where the number of prompts was not told with an evaluation, the config says how many there should be. */
function promptsOf(config: Config): number {
  const { num_prompts: prompts } = (config.evaluation ?? {}) as Config;
  return typeof prompts === 'number' ? prompts : 0;
}

/** Every evaluation of a run that has a KL and a reward, first to last. */
export function evaluationPoints(db: ReadableDb, { run, config }: WithConfig): EvaluationPoint[] {
  const series = (key: string) => new Map(readSeries(db, run.number, key).map(({ step, value }) => [step, value]));
  const [kl, reward, rewardStd] = [series('eval/kl_exact'), series('eval/reward'), series('eval/reward_std')];
  const [judge, judgeStd, prompts] = [series('eval/judge'), series('eval/judge_std'), series('eval/prompts')];
  return [...reward].flatMap(([step, value]) => {
    const distance = kl.get(step);
    if (distance === undefined) return [];
    const n = prompts.get(step) ?? promptsOf(config);
    const half = (deviation: number | undefined) => {
      const width = deviation === undefined ? Number.NaN : halfWidth(deviation, n);
      return Number.isFinite(width) ? width : null;
    };
    return [
      {
        step,
        kl: distance,
        reward: value,
        rewardHalf: half(rewardStd.get(step)),
        judge: judge.get(step) ?? null,
        judgeHalf: half(judgeStd.get(step)),
      },
    ];
  });
}
