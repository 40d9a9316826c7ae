import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { requirePairs } from './golden-tokenizers.ts';
import type { AcceptanceLine } from './line.ts';
import { type Row, runConfig } from './run-config.ts';
import { keel } from './run-program.ts';

const MINUTES = 25;

interface Accuracy {
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

interface Certificate {
  readonly accuracy: Accuracy;
  readonly shorterWins: Accuracy;
}

const percent = ({ share, low, high }: Accuracy) =>
  `${(100 * share).toFixed(1)} % (${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)})`;

/** Alternate rows, so that both reward models see the same kind of pairs. */
function halves(file: string, folder: string): readonly [string, string] {
  const lines = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n');
  const names = ['first', 'second'].map((name, half) => {
    const path = join(folder, `${name}.jsonl`);
    writeFileSync(path, `${lines.filter((_, index) => index % 2 === half).join('\n')}\n`);
    return path;
  });
  return names as unknown as readonly [string, string];
}

const shape = { skip_bad_rows: true, max_length: 160, truncation_side: 'left', held_out_fraction: 0.15 };

function configs(model: string, all: string, [first, second]: readonly [string, string]) {
  const rewardModel = (name: string, file: string) => ({
    recipe: 'reward-model',
    name,
    model: 'run:SFT/policy',
    data: { ...shape, files: [file] },
    training: { epochs: 3, batch_size: 16 },
    optimizer: { learning_rate: 3e-4, warmup_steps: 10, weight_decay: 0.1 },
    evaluation: { interval_steps: 40 },
  });
  return {
    sft: {
      recipe: 'sft',
      name: 'hh-sft',
      model,
      data: { ...shape, files: [all] },
      training: { epochs: 6, batch_size: 16 },
      optimizer: { learning_rate: 2e-3, warmup_steps: 30 },
      evaluation: { interval_steps: 100 },
    },
    reward: rewardModel('hh-reward', first),
    judge: rewardModel('hh-judge', second),
    apa: {
      recipe: 'apa',
      name: 'hh-apa',
      model: 'run:SFT/policy',
      reward: { type: 'model', model: 'run:REWARD/reward_model' },
      judge: { type: 'model', model: 'run:JUDGE/reward_model' },
      certificate_required: false,
      data: { ...shape, files: [all], max_length: 128 },
      generation: { max_new_tokens: 32, stop_strings: ['\n\nHuman:'] },
      rollouts: { num_rollouts: 64, chunk_size: 32 },
      updates: { total_iterations: 80, minibatch_size: 16 },
      method: { apa_lambda: 0.1 },
      optimizer: { learning_rate: 5e-4 },
      evaluation: { interval_iterations: 10, num_prompts: 64, num_samples: 0 },
    },
  };
}

function valuesOf(rows: readonly Row[], key: string): readonly number[] {
  return rows.flatMap(({ type, metrics }) => {
    const value = type === 'metrics' ? (metrics as Record<string, number>)[key] : undefined;
    return value === undefined ? [] : [value];
  });
}

function judgedText(rows: readonly Row[]): { readonly passed: boolean; readonly figures: readonly string[] } {
  const [reward, deviation, judge, kl] = ['eval/reward', 'eval/reward_std', 'eval/judge', 'eval/kl_exact'].map((key) =>
    valuesOf(rows, key),
  ) as [number[], number[], number[], number[]];
  const rise = (reward.at(-1)! - reward[0]!) / deviation[0]!;
  const judgeRise = judge.at(-1)! - judge[0]!;
  const agrees = judgeRise > 0;
  return {
    passed: rise > 1,
    figures: [
      `held-out reward: ${reward[0]!.toFixed(3)} to ${reward.at(-1)!.toFixed(3)}, ${rise.toFixed(2)} standard deviations of the starting policy's scores (wanted above 1)`,
      `second reward model: ${judge[0]!.toFixed(3)} to ${judge.at(-1)!.toFixed(3)}, which ${agrees ? 'agrees' : 'does not agree: over-optimization'}`,
      `exact KL to the start: ${kl.at(-1)!.toFixed(2)} nats a response`,
    ],
  };
}

export const harmlessness: AcceptanceLine = {
  number: 6,
  title: `Real pairs from an empty model to APA in ${MINUTES} minutes`,
  async run(tell) {
    const file = requirePairs();
    const folder = mkdtempSync(join(tmpdir(), 'keel-hh-'));
    mkdirSync(join(folder, 'model'), { recursive: true });
    const start = performance.now();
    const model = join(folder, 'base');
    await keel([
      'model',
      'init',
      '--out',
      model,
      '--corpus',
      file,
      '--vocab',
      '2048',
      '--hidden',
      '128',
      '--layers',
      '4',
      '--heads',
      '4',
      '--context',
      '192',
    ]);
    const plan = configs(model, file, halves(file, folder));
    const sft = await runConfig(folder, plan.sft);
    tell(`sft: held-out loss ${valuesOf(sft.rows, 'eval/loss').at(-1)?.toFixed(3)}`);
    const from = (config: Row, ids: Readonly<Record<string, string>>) =>
      JSON.parse(
        JSON.stringify(config).replace(/run:(SFT|REWARD|JUDGE)/g, (_, name: string) => `run:${ids[name]}`),
      ) as Row;
    const reward = await runConfig(folder, from(plan.reward, { SFT: sft.id }));
    const judge = await runConfig(folder, from(plan.judge, { SFT: sft.id }));
    const certificates = [reward, judge].map(({ summary }) => summary.certificate as Certificate);
    for (const { accuracy } of certificates) tell(`reward model: ${percent(accuracy)}`);
    const apa = await runConfig(folder, from(plan.apa, { SFT: sft.id, REWARD: reward.id, JUDGE: judge.id }));
    const minutes = (performance.now() - start) / 60_000;
    rmSync(folder, { recursive: true, force: true });
    const judged = judgedText(apa.rows);
    return {
      passed: judged.passed && minutes <= MINUTES,
      figures: [
        ...certificates.map(
          ({ accuracy, shorterWins }, index) =>
            `reward model ${index + 1}: ${percent(accuracy)}; the shorter one wins: ${percent(shorterWins)}`,
        ),
        ...judged.figures,
        `${minutes.toFixed(1)} minutes`,
      ],
    };
  },
};
