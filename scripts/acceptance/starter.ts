import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { factsReward, judgeReward } from '../starter/judge-rules.ts';
import { openRules } from '../starter/open-rules.ts';
import type { AcceptanceLine } from './line.ts';
import { keel, ROOT } from './run-program.ts';

const SEEDS = [0, 1, 2];
const FOLDER = join(ROOT, 'resources/starter');
/** Rounding of a sum of weights in float32. */
const TOLERANCE = 1e-6;

interface Pair {
  readonly prompt: string;
  readonly chosen: string;
}

interface Sample {
  readonly prompt: string;
  readonly response: string;
}

interface DemoOutcome {
  readonly seconds: number;
  readonly rewardModelAccuracy: number;
  readonly before: Readonly<Record<string, number>>;
  readonly after: Readonly<Record<string, number>>;
  readonly samplesAfter: readonly Sample[];
}

const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

function heldOutPairs(): readonly Pair[] {
  const text = gunzipSync(readFileSync(join(FOLDER, 'preference-held-out.jsonl.gz'))).toString('utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Pair);
}

/** A language model that has seen the chosen replies of the training pairs only, and nothing of the run. */
async function trainReader(folder: string): Promise<string> {
  const config = {
    recipe: 'sft',
    name: 'reader',
    seed: 7,
    model: join(FOLDER, 'policy'),
    data: { files: [join(FOLDER, 'preference-train.jsonl.gz')], near_duplicates: 'keep', held_out_fraction: 0.02 },
    training: { epochs: 3, batch_size: 32 },
    optimizer: { learning_rate: 1e-3, warmup_steps: 20, schedule: 'cosine' },
  };
  const path = join(folder, 'reader.json');
  writeFileSync(path, JSON.stringify(config));
  const rows = await keel(['run', path]);
  const artifact = rows.findLast(({ type }) => type === 'summary') as { readonly folder: string };
  return join(artifact.folder, 'artifacts/policy');
}

/** Mean log-probability of a reply's tokens given its prompt, in nats a token. */
async function meanLogprob(model: string, texts: readonly Sample[], folder: string): Promise<number> {
  const score = async (rows: readonly string[], name: string) => {
    const path = join(folder, `${name}.jsonl`);
    writeFileSync(path, rows.map((text) => `${JSON.stringify({ text })}\n`).join(''));
    return (await keel(['score', '--model', model, '--input', path])) as unknown as readonly {
      readonly logprobs: readonly number[];
    }[];
  };
  const whole = await score(
    texts.map(({ prompt, response }) => prompt + response),
    'whole',
  );
  const prompts = await score(
    texts.map(({ prompt }) => prompt),
    'prompts',
  );
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const tokens = whole.reduce((count, row, index) => count + row.logprobs.length - prompts[index]!.logprobs.length, 0);
  const total = whole.reduce((all, row, index) => all + sum(row.logprobs.slice(prompts[index]!.logprobs.length)), 0);
  return total / tokens;
}

async function judgeSeed(seed: number, reader: string, chosen: readonly Sample[], folder: string) {
  const rows = await keel(['demo', '--seed', String(seed), '--out', join(folder, `policy-${seed}`)]);
  const demo = rows.findLast(({ type }) => type === 'demo') as unknown as DemoOutcome;
  const judge = openRules(judgeReward);
  const prompts = demo.samplesAfter.map(({ prompt }) => prompt);
  const replies = demo.samplesAfter.map(({ response }) => response);
  const target = mean(
    judge(
      chosen.map(({ prompt }) => prompt),
      chosen.map(({ response }) => response),
    ),
  );
  const judged = mean(judge(prompts, replies)) / target;
  const kept =
    Array.from(openRules(factsReward)(prompts, replies)).filter((score) => score >= -TOLERANCE).length / replies.length;
  const distinct = demo.after['eval/distinct_replies']! / demo.before['eval/distinct_replies']!;
  const distance = Math.abs(
    (await meanLogprob(reader, demo.samplesAfter, folder)) - (await meanLogprob(reader, chosen, folder)),
  );
  const passed =
    demo.rewardModelAccuracy >= 0.95 && judged >= 0.9 && distinct >= 0.5 && kept >= 0.95 && distance <= 0.3;
  const figure =
    `seed ${seed}: reward model ${demo.rewardModelAccuracy.toFixed(3)}, judge ${judged.toFixed(3)} of the chosen replies', ` +
    `exact KL ${demo.after['eval/kl_exact']!.toFixed(2)} nats a reply, distinct ${distinct.toFixed(2)} of the start's, facts kept ${kept.toFixed(3)}, ` +
    `log-prob ${distance.toFixed(3)} nats a token from the chosen replies', ${demo.seconds.toFixed(0)} s`;
  return { passed, figure };
}

export const starter: AcceptanceLine = {
  number: 5,
  title: 'The starter, 3 seeds: reward model, judge, KL, distinct replies, facts kept, fluency',
  async run(tell) {
    const folder = mkdtempSync(join(tmpdir(), 'keel-starter-'));
    const reader = await trainReader(folder);
    const chosen = heldOutPairs()
      .slice(0, 200)
      .map(({ prompt, chosen: response }) => ({ prompt, response }));
    const outcomes = [];
    for (const seed of SEEDS) {
      outcomes.push(await judgeSeed(seed, reader, chosen, folder));
      tell(outcomes.at(-1)!.figure);
    }
    rmSync(folder, { recursive: true, force: true });
    return { passed: outcomes.every(({ passed }) => passed), figures: outcomes.map(({ figure }) => figure) };
  },
};
