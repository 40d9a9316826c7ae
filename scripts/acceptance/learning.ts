import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { groupInterval, type SeedValues } from '../../src-main/contract/statistics/clustered-mean.ts';
import { judgeReward } from '../research/starter/judge-rules.ts';
import { openRules } from '../research/starter/open-rules.ts';
import { writeSplit } from '../research/starter/splits.ts';
import {
  STARTER_PAIRS,
  STARTER_POLICY,
  STARTER_PROMPTS,
  STARTER_RESPONSES,
  STARTER_REWARD,
  STARTER_TRAINING,
} from '../studies/starter-study.ts';
import type { AcceptanceLine } from './line.ts';
import { type Row, runConfig } from './run-config.ts';
import { keel } from './run-program.ts';

const SEEDS = [0, 1, 2];

const GROUPS = {
  ...{ model: STARTER_POLICY, data: STARTER_PROMPTS, generation: STARTER_RESPONSES },
  rollouts: { num_rollouts: 64, chunk_size: 64, num_generations: 8 },
  updates: { total_iterations: 30, minibatch_size: 64 },
  optimizer: { learning_rate: 0.001 },
  evaluation: { interval_iterations: 30, num_prompts: 32, num_samples: 0 },
};

const SINGLES = { ...GROUPS, rollouts: { num_rollouts: 64, chunk_size: 64 } };
const PAIRS = { ...GROUPS, rollouts: { ...GROUPS.rollouts, num_generations: 2 } };
const GIVEN = { ...SINGLES, data: STARTER_PAIRS, updates: { total_iterations: 60, minibatch_size: 64 } };

/** Each pair as one response with a thumb up and one with a thumb down. */
function writeJudgments(folder: string): string {
  const rows = writeSplit('preference-train').flatMap(({ record: { prompt, chosen, rejected } }) => [
    { prompt, completion: chosen, label: true },
    { prompt, completion: rejected, label: false },
  ]);
  const path = join(folder, 'judgments.jsonl');
  writeFileSync(path, rows.map((row) => JSON.stringify(row)).join('\n'));
  return path;
}

/** The configs by method, without name and seed. */
function methods(judgments: string, reward: string): Readonly<Record<string, Row>> {
  const ofReward = { reward: { type: 'model', model: `run:${reward}/reward_model` } };
  return {
    dpo: { model: STARTER_POLICY, data: STARTER_PAIRS, ...STARTER_TRAINING },
    kto: {
      ...{ model: STARTER_POLICY, data: { files: [judgments], held_out_fraction: 0.05, duplicates: 'keep' } },
      ...STARTER_TRAINING,
      training: { epochs: 1, batch_size: 32 },
    },
    grpo: { ...GROUPS, ...ofReward, method: { beta: 0.1 } },
    rloo: { ...GROUPS, ...ofReward },
    a2po: { ...SINGLES, ...ofReward, method: { beta2: 0.1, num_value_samples: 8 } },
    'online-dpo': { ...PAIRS, ...ofReward, method: { beta: 0.1 } },
    'apa-offline': { ...GIVEN, ...ofReward, method: { apa_lambda: 0.1 } },
    'awr-offline': { ...GIVEN, ...ofReward, method: { awr_lambda: 0.5 } },
  };
}

/** Judge's scores of a model's responses to the held-out prompts. */
async function judged(model: string, prompts: readonly string[], seed: number, folder: string): Promise<Float32Array> {
  const input = join(folder, 'prompts.jsonl');
  writeFileSync(input, prompts.map((prompt) => JSON.stringify({ prompt })).join('\n'));
  const flags = ['--max-new-tokens', String(STARTER_RESPONSES.max_new_tokens), '--seed', String(seed)];
  const rows = await keel(['generate', '--model', model, '--input', input, ...flags]);
  const responses = rows.map(({ text }) => text as string);
  return Float32Array.from(openRules(judgeReward)([...prompts], responses));
}

/** Change of the judge's score prompt by prompt. */
function changes(prompts: readonly string[], before: Float32Array, after: Float32Array): SeedValues {
  const values = prompts.map((prompt, index) => [prompt, after[index]! - before[index]!] as const);
  return { mean: values.reduce((sum, [, value]) => sum + value, 0) / values.length, prompts: new Map(values) };
}

export const learning: AcceptanceLine = {
  number: 20,
  title: `DPO, KTO, GRPO, RLOO, A*-PO, online DPO, offline APA and AWR on the starter, ${SEEDS.length} seeds: the judge's score rises`,
  async run(tell) {
    const folder = mkdtempSync(join(tmpdir(), 'keel-learning-'));
    try {
      const prompts = [...new Set(writeSplit('prompts-held-out').map(({ record }) => record.prompt))];
      const reward = await runConfig(folder, { ...STARTER_REWARD, name: 'learning-reward' });
      const before = new Map<number, Float32Array>();
      for (const seed of SEEDS) before.set(seed, await judged(STARTER_POLICY, prompts, seed, folder));
      let passed = true;
      for (const [recipe, config] of Object.entries(methods(writeJudgments(folder), reward.id))) {
        const seeds: SeedValues[] = [];
        for (const seed of SEEDS) {
          const { id } = await runConfig(folder, { ...config, recipe, seed, name: `learning-${recipe}-${seed}` });
          const after = await judged(`run:${id}/policy@last`, prompts, seed, folder);
          seeds.push(changes(prompts, before.get(seed)!, after));
        }
        const { mean, low, high, over } = groupInterval(seeds);
        passed &&= low > 0;
        const singles = seeds.map((one) => one.mean.toFixed(3)).join(', ');
        tell(
          `${recipe}: judge ${mean < 0 ? '' : '+'}${mean.toFixed(3)} (95% interval over ${over} ${low.toFixed(3)} to ` +
            `${high.toFixed(3)}; seeds ${singles}; ${prompts.length} prompts; wanted: above 0)`,
        );
      }
      return { passed, figures: [] };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
