import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobRequest } from '#engine/protocol.ts';
import { tellOfJob } from '../../support/run-job.ts';
import { runtimeKinds } from '../../support/runtimes.ts';
import { writeSmallTokenizer } from '../../support/small-tokenizer.ts';

const { start } = runtimeKinds[0]!;
const EOS = 2;
const END_OF_TURN = 4;

let root = '';
let model = '';

/** ChatML over a base model: `w0` has the id 5; roles are unknown words, which are `w0` as well. */
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'trained-end-'));
  model = join(root, 'model');
  cpSync(join(import.meta.dirname, '../../fixtures/models/llama-grouped'), model, { recursive: true });
  writeSmallTokenizer(
    {
      added: ['<pad>', '<s>', '</s>', '<|im_start|>', '<|im_end|>'],
      eos: '</s>',
      pad: '<pad>',
      words: 194,
      chatTemplate:
        "{% for m in messages %}{{ '<|im_start|> ' + m.role + ' ' + m.content + '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|> assistant ' }}{% endif %}",
    },
    model,
  );
});
afterAll(() => rmSync(root, { recursive: true }));

async function tell(job: JobRequest) {
  const runtime = await start();
  try {
    return await tellOfJob(runtime, job);
  } finally {
    runtime.dispose();
  }
}

/** Runs a recipe on rows; returns the run's folder and the responses of its first evaluation. */
async function run(config: Readonly<Record<string, unknown>>, rows: readonly object[]) {
  const runFolder = mkdtempSync(join(root, 'run-'));
  const data = join(runFolder, 'rows.jsonl');
  writeFileSync(data, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  mkdirSync(runFolder, { recursive: true });
  const heldOut = config.evaluation ? { held_out_files: [data], duplicates: 'keep' } : { held_out_fraction: 0 };
  const whole = { ...config, model, data: { files: [data], ...heldOut } };
  const job = { kind: 'run', runId: 'run', recipe: config.recipe as string, runFolder, resumeFrom: null } as const;
  const { told } = await tell({ ...job, config: whole, changes: [], locations: {}, settings: null });
  expect(told.at(-1)).toMatchObject({ kind: 'summary' });
  const samples = told.flatMap((event) => (event.kind === 'samples' ? event.rows : []));
  return { artifacts: join(runFolder, 'artifacts'), samples };
}

const json = (folder: string, name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as object;
const asked = (index: number) => ({ role: 'user', content: `w${index} w7` });
const answer = (index: number) => ({ role: 'assistant', content: `w${50 + index} w8` });
const indices = Array.from({ length: 4 }, (_, index) => index);
const SFT = {
  recipe: 'sft',
  training: { max_steps: 60, epochs: 100, batch_size: 4 },
  optimizer: { learning_rate: 0.01 },
};

describe('after SFT, a response ends at the end of its turn', () => {
  const KINDS: readonly (readonly [string, (index: number) => object])[] = [
    ['messages', (index: number) => ({ messages: [asked(index), answer(index)] })],
    ['prompt and completion as messages', (index: number) => ({ prompt: [asked(index)], completion: [answer(index)] })],
  ];
  it.each(KINDS)('%s', async (_, rowOf) => {
    const folder = join((await run(SFT, indices.map(rowOf))).artifacts, 'policy');
    const input = { rows: indices.map((index) => ({ prompt: [asked(index)] })) };
    const { rows } = await tell({ kind: 'generate', model: folder, input, temperature: 0, seed: 0, maxNewTokens: 20 });
    // The words of the response have the ids 55, … and 13.
    expect(rows).toEqual(indices.map((index) => ({ text: `w${50 + index} w8`, ids: [55 + index, 13, END_OF_TURN] })));
    // transformers' generate stops at these ids.
    expect(json(folder, 'generation_config.json')).toMatchObject({ eos_token_id: [EOS, END_OF_TURN], pad_token_id: 0 });
  });
});

it('a reward model records the end that its responses had, and is asked with it', async () => {
  const rows = indices.map((index) => ({
    prompt: [asked(index)],
    chosen: [answer(index)],
    rejected: [answer(index + 9)],
  }));
  const trained = await run({ recipe: 'reward-model', training: { max_steps: 1, batch_size: 4 } }, rows);
  const folder = join(trained.artifacts, 'reward_model');
  expect(json(folder, 'config.json')).toMatchObject({
    keel_response_ends: { append: END_OF_TURN, ids: [EOS, END_OF_TURN] },
  });
  // <|im_start|> user w0 w7<|im_end|> <|im_start|> assistant w50 w8<|im_end|>
  const chat = [3, 5, 5, 12, END_OF_TURN, 3, 5, 55, 13, END_OF_TURN];
  const asTexts = [{ text: 'w1 w2' }, { text: 'w1 w2 <|im_end|>' }, { messages: [asked(0), answer(0)] }];
  const asIds = [[6, 7, END_OF_TURN], [6, 7, EOS], [6, 7, END_OF_TURN, EOS], chat, [...chat, EOS]];
  const rewards = async (of: string) => {
    const input = { rows: [...asTexts, ...asIds.map((ids) => ({ ids }))] };
    const { rows: told } = await tell({ kind: 'reward', model: of, input, specialTokens: 'parse' });
    return (told as readonly { readonly reward: number }[]).map(({ reward }) => reward);
  };
  const [text, ended, messages, atEnd, atEos, , ofChat] = await rewards(folder);
  // A text that spells the end has one already.
  expect([text, ended, messages]).toEqual([atEnd, atEnd, ofChat]);
  expect(text).not.toBe(atEos);

  // As a reward of a run: prompt, response, and its end.
  const { samples } = await run(
    {
      recipe: 'awr',
      reward: { type: 'model', model: folder },
      certificate_required: false,
      generation: { max_new_tokens: 5 },
      rollouts: { num_rollouts: 4, chunk_size: 4 },
      updates: { total_iterations: 1, minibatch_size: 4 },
      evaluation: { num_prompts: 1, num_samples: 1 },
    },
    indices.map((index) => ({ prompt: [asked(index)] })),
  );
  const sample = samples[0]!;
  const words = sample.ids.filter((id) => id > END_OF_TURN);
  // <|im_start|> user w0 w7<|im_end|> <|im_start|> assistant, with roles as the unknown word.
  const ids = [3, 5, 5 + sample.promptIndex, 12, END_OF_TURN, 3, 5, ...words, END_OF_TURN];
  const { rows: scored } = await tell({ kind: 'reward', model: folder, input: { rows: [{ ids }] } });
  expect(sample.score).toBeCloseTo((scored[0] as { readonly reward: number }).reward, 5);

  // As an earlier version, or another library, wrote it.
  const { keel_response_ends: _, ...config } = json(folder, 'config.json') as Record<string, unknown>;
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  const former = await rewards(folder);
  expect(former.slice(0, 3)).toEqual([former[4], former[5], former[7]]);
});
