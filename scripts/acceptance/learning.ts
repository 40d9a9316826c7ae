import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { groupInterval, type SeedValues } from '../../src-main/contract/statistics/clustered-mean.ts';
import { judgeReward } from '../research/starter/judge-rules.ts';
import { openRules } from '../research/starter/open-rules.ts';
import { writeSplit } from '../research/starter/splits.ts';
import type { AcceptanceLine } from './line.ts';
import { type Row, runConfig } from './run-config.ts';
import { keel, ROOT } from './run-program.ts';

const STARTER = join(ROOT, 'resources/starter');
const SEEDS = [0, 1, 2];
const MAX_NEW_TOKENS = 72;
const file = (name: string) => join(STARTER, `${name}.jsonl.gz`);

const POLICY = join(STARTER, 'policy');
const PAIRS = {
  files: [file('preference-train')],
  held_out_files: [file('preference-held-out')],
  duplicates: 'keep',
};
const SUPERVISED = {
  optimizer: { learning_rate: 0.0005, warmup_steps: 20, schedule: 'cosine' },
  evaluation: { interval_steps: 200 },
};
const GROUPS = {
  model: POLICY,
  data: { files: [file('prompts-train')], held_out_files: [file('prompts-held-out')], duplicates: 'keep' },
  generation: { max_new_tokens: MAX_NEW_TOKENS },
  rollouts: { num_rollouts: 64, chunk_size: 64, num_generations: 8 },
  updates: { total_iterations: 30, minibatch_size: 64 },
  optimizer: { learning_rate: 0.001 },
  evaluation: { interval_iterations: 30, num_prompts: 32, num_samples: 0 },
};

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

const rewardModel: Row = {
  ...{ recipe: 'reward-model', name: 'learning-reward', seed: 0, model: POLICY, data: PAIRS },
  training: { epochs: 1, batch_size: 16 },
  ...SUPERVISED,
};

/** The configs by method, without name and seed. */
function methods(judgments: string, reward: string): Readonly<Record<string, Row>> {
  const ofReward = { reward: { type: 'model', model: `run:${reward}/reward_model` } };
  return {
    dpo: { model: POLICY, data: PAIRS, training: { epochs: 1, batch_size: 16 }, ...SUPERVISED },
    kto: {
      ...{ model: POLICY, data: { files: [judgments], held_out_fraction: 0.05, duplicates: 'keep' } },
      training: { epochs: 1, batch_size: 32 },
      ...SUPERVISED,
    },
    grpo: { ...GROUPS, ...ofReward, method: { beta: 0.1 } },
    rloo: { ...GROUPS, ...ofReward },
  };
}

/** Judge's scores of a model's responses to the held-out prompts. */
async function judged(model: string, prompts: readonly string[], seed: number, folder: string): Promise<Float32Array> {
  const input = join(folder, 'prompts.jsonl');
  writeFileSync(input, prompts.map((prompt) => JSON.stringify({ prompt })).join('\n'));
  const flags = ['--max-new-tokens', String(MAX_NEW_TOKENS), '--seed', String(seed)];
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
  title: `DPO, KTO, GRPO, and RLOO on the starter, ${SEEDS.length} seeds: the judge's score rises`,
  async run(tell) {
    const folder = mkdtempSync(join(tmpdir(), 'keel-learning-'));
    try {
      const prompts = [...new Set(writeSplit('prompts-held-out').map(({ record }) => record.prompt))];
      const reward = await runConfig(folder, rewardModel);
      const before = new Map<number, Float32Array>();
      for (const seed of SEEDS) before.set(seed, await judged(POLICY, prompts, seed, folder));
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
