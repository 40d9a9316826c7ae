import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keel, ROOT } from './run-program.ts';

/** A prompt with one reply to it. */
export interface Exchange {
  readonly prompt: string;
  readonly reply: string;
}

interface Scored {
  readonly ids: readonly number[];
  readonly logprobs: readonly number[];
}

const STARTER = join(ROOT, 'resources/starter');

/** Trains a language model that has seen neither the policy nor its replies: other weights, and the chosen replies too. */
export async function trainFluencyModel(folder: string): Promise<string> {
  const files = ['sft.jsonl.gz', 'preference-train.jsonl.gz'].map((name) => join(STARTER, name));
  const model = join(folder, 'fluency');
  const shape = ['--family', 'llama', '--hidden', '128', '--layers', '3', '--heads', '4', '--vocab', '1024'];
  await keel([
    'model',
    'init',
    ...files.flatMap((file) => ['--corpus', file]),
    ...shape,
    '--context',
    '160',
    '--seed',
    '7',
    '--out',
    model,
  ]);
  const config = {
    recipe: 'sft',
    name: 'fluency',
    seed: 7,
    model,
    // One file of pairs: the chosen replies are what is learned.
    data: { files: [files[1]], duplicates: 'keep', held_out_fraction: 0.02 },
    training: { epochs: 8, batch_size: 32 },
    optimizer: { learning_rate: 3e-3, beta2: 0.95, weight_decay: 0.05, warmup_steps: 50, schedule: 'cosine' },
    evaluation: { interval_steps: 500 },
  };
  const path = join(folder, 'fluency.json');
  writeFileSync(path, JSON.stringify(config));
  const rows = await keel(['run', path]);
  return `run:${(rows.findLast(({ type }) => type === 'summary') as { readonly run: string }).run}/policy`;
}

/** Mean log-probability of a reply's token given its prompt, in nats, over all tokens of all replies. */
export async function meanLogprob(model: string, exchanges: readonly Exchange[], folder: string): Promise<number> {
  const path = join(folder, 'texts.jsonl');
  const texts = exchanges.flatMap(({ prompt, reply }) => [prompt, prompt + reply]);
  writeFileSync(path, texts.map((text) => `${JSON.stringify({ text })}\n`).join(''));
  const rows = (await keel(['score', '--model', model, '--input', path])) as unknown as readonly Scored[];
  let sum = 0;
  let count = 0;
  exchanges.forEach((_, index) => {
    const [prompt, whole] = [rows[2 * index]!, rows[2 * index + 1]!];
    const reply = whole.logprobs.slice(prompt.ids.length - 1);
    sum += reply.reduce((total, value) => total + value, 0);
    count += reply.length;
  });
  return sum / count;
}
