import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { predictionInterval } from '../../src-main/contract/statistics/prediction.ts';
import { STARTER_POLICY, STARTER_PROMPTS, STARTER_RESPONSES, STARTER_REWARD } from '../studies/starter-study.ts';
import type { AcceptanceLine } from './line.ts';
import { type EndedRun, type Row, runConfig } from './run-config.ts';

/** Three seeds in either precision; two more in float32, since three say little about their spread. */
const SEEDS = { float32: [0, 1, 2, 3, 4], bfloat16: [0, 1, 2] } as const;
type Precision = keyof typeof SEEDS;
const METRICS = ['eval/reward', 'eval/kl_exact'] as const;

const configOf = (seed: number, precision: Precision, reward: string): Row => ({
  ...{ recipe: 'apa', name: `seeds-${precision}-${seed}`, seed, model: STARTER_POLICY, data: STARTER_PROMPTS },
  reward: { type: 'model', model: `run:${reward}/reward_model` },
  engine: { compute_dtype: precision },
  method: { apa_lambda: 0.5 },
  generation: STARTER_RESPONSES,
  rollouts: { num_rollouts: 64, chunk_size: 64 },
  updates: { total_iterations: 20, minibatch_size: 32, num_ppo_epochs: 2 },
  optimizer: { learning_rate: 0.0005, schedule: 'linear', min_learning_rate: 0.00005 },
  evaluation: { interval_iterations: 20, num_prompts: 64, num_samples: 0 },
});

/** A metric's last value in a run. */
function lastValue({ rows }: EndedRun, key: string): number {
  const values = rows.flatMap(({ metrics }) => (metrics as Readonly<Record<string, number>> | undefined)?.[key] ?? []);
  if (values.length === 0) throw new Error(`The run has no ${key}.`);
  return values.at(-1)!;
}

const list = (values: readonly number[]) => values.map((value) => value.toFixed(3)).join(', ');

/** Whether each value in bfloat16 is where another float32 seed would be expected. */
function judge(key: string, float32: readonly number[], bfloat16: readonly number[]) {
  const { low, high } = predictionInterval(float32);
  const passed = bfloat16.every((value) => value >= low && value <= high);
  const figure =
    `${key}: bfloat16 ${list(bfloat16)}; 95% prediction interval of one more float32 seed ` +
    `${low.toFixed(3)} to ${high.toFixed(3)} (${list(float32)})`;
  return { passed, figure };
}

export const narrowSeeds: AcceptanceLine = {
  number: 21,
  title: 'APA on the starter with products in bfloat16: reward and KL of three seeds among those of float32',
  async run(tell) {
    const folder = mkdtempSync(join(tmpdir(), 'keel-narrow-seeds-'));
    try {
      const reward = await runConfig(folder, { ...STARTER_REWARD, name: 'seeds-reward' });
      const ended: Record<Precision, EndedRun[]> = { float32: [], bfloat16: [] };
      for (const precision of ['float32', 'bfloat16'] as const) {
        for (const seed of SEEDS[precision]) {
          ended[precision].push(await runConfig(folder, configOf(seed, precision, reward.id)));
          tell(
            `${precision}, seed ${seed}: ${METRICS.map((key) => `${key} ${lastValue(ended[precision].at(-1)!, key).toFixed(3)}`).join(', ')}`,
          );
        }
      }
      const outcomes = METRICS.map((key) => {
        const values = (precision: Precision) => ended[precision].map((run) => lastValue(run, key));
        return judge(key, values('float32'), values('bfloat16'));
      });
      const isSame = METRICS.every((key) => lastValue(ended.float32[0]!, key) === lastValue(ended.bfloat16[0]!, key));
      const without = isSame ? ['the same numbers: this processor does not multiply in bfloat16'] : [];
      return {
        passed: !isSame && outcomes.every(({ passed }) => passed),
        figures: [...outcomes.map(({ figure }) => figure), ...without],
      };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
