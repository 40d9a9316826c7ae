import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GeneratedPart } from '#contract/api/jobs.ts';
import { inspectionSchema } from '#contract/api/library/model-library.ts';
import { tellOfJob } from '../../support/run-job.ts';
import { runtimeKinds } from '../../support/runtimes.ts';
import { writeSmallTokenizer } from '../../support/small-tokenizer.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures');
const { start } = runtimeKinds[0]!;

interface Case {
  readonly name: string;
  readonly config: unknown;
  readonly generation: Readonly<Record<string, unknown>> | null;
  /** New ids of each prompt, the stop token included. */
  readonly new: readonly (readonly number[])[];
}

/** Made by tests/golden/make_stops.py with transformers' generate. */
const golden = JSON.parse(readFileSync(join(FIXTURES, 'stop-tokens/generations.json'), 'utf8')) as {
  readonly prompts: readonly (readonly number[])[];
  readonly max_new_tokens: number;
  readonly cases: readonly Case[];
  readonly stop_strings: readonly {
    readonly name: string;
    readonly stop: readonly string[];
    readonly new: readonly { readonly ids: readonly number[]; readonly text: string }[];
  }[];
};

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'stops-'));
});
afterAll(() => rmSync(root, { recursive: true }));

/** The model whose ids are those of words: `w0` has the id 3. */
function folderOf({ config, generation }: Pick<Case, 'config' | 'generation'>, chatTemplate?: string): string {
  const folder = mkdtempSync(join(root, 'model-'));
  const model = join(FIXTURES, 'models/llama-grouped');
  cpSync(join(model, 'model.safetensors'), join(folder, 'model.safetensors'));
  const raw = JSON.parse(readFileSync(join(model, 'config.json'), 'utf8')) as object;
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...raw, eos_token_id: config }));
  if (generation) writeFileSync(join(folder, 'generation_config.json'), JSON.stringify(generation));
  const tokenizer = { added: ['<pad>', '<s>', '</s>'], eos: '</s>', pad: '<pad>', words: 196 };
  return writeSmallTokenizer({ ...tokenizer, ...(chatTemplate && { chatTemplate }) }, folder);
}

const rows = golden.prompts.map((ids) => ({ prompt: ids.map((id) => `w${id - 3}`).join(' ') }));

async function answers(model: string, options: object = {}) {
  const runtime = await start();
  const job = { kind: 'generate', model, input: { rows }, temperature: 0, seed: 0 } as const;
  const told = await tellOfJob(runtime, { ...job, maxNewTokens: golden.max_new_tokens, ...options });
  runtime.dispose();
  return told.rows;
}

describe('generate at temperature 0 ends where transformers does', () => {
  it.each(golden.cases)('$name', async (one) => {
    const told = (await answers(folderOf(one))) as { readonly ids: readonly number[] }[];
    expect(told.map(({ ids }) => ids)).toEqual(one.new);
  });

  it('in parts as well, each row with the reason of its end', async () => {
    const one = golden.cases.find(({ name }) => name === 'a list')!;
    const parts = (await answers(folderOf(one), { partTokens: 4 })) as GeneratedPart[];
    const own = (row: number) => parts.filter((part) => part.row === row);
    expect(rows.map((_, row) => own(row).flatMap(({ tokens }) => tokens.map(({ id }) => id)))).toEqual(one.new);
    expect(rows.map((_, row) => own(row).at(-1)?.end)).toEqual(['stop', 'stop', 'stop']);
  });
});

describe('an evaluation of a run ends where transformers does', () => {
  it.each(['one id', 'a list', 'padding is a stop token'])('%s', async (name) => {
    const one = golden.cases.find((case_) => case_.name === name)!;
    const runFolder = mkdtempSync(join(root, 'run-'));
    const data = join(runFolder, 'prompts.jsonl');
    writeFileSync(data, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const config = {
      recipe: 'awr',
      model: folderOf(one),
      data: { files: [data], held_out_files: [data], duplicates: 'keep' },
      reward: { type: 'rules', rules: [{ type: 'length', unit: 'words', max: 9, falloff: 9 }] },
      generation: { max_new_tokens: golden.max_new_tokens, do_sample: false },
      rollouts: { num_rollouts: 3, chunk_size: 3 },
      updates: { total_iterations: 1, minibatch_size: 3 },
      evaluation: { num_prompts: 3, num_samples: 3, do_sample: false },
    };
    const runtime = await start();
    const job = { kind: 'run', runId: 'run', recipe: 'awr', runFolder, resumeFrom: null } as const;
    const { told } = await tellOfJob(runtime, { ...job, config, changes: [], locations: {}, settings: null });
    runtime.dispose();
    // Before the first update, the policy is the model.
    const samples = told.flatMap((event) => (event.kind === 'samples' && event.step === 0 ? event.rows : []));
    const isEnded = (ids: readonly number[]) => ids.length < golden.max_new_tokens;
    expect(samples.map(({ ids, endedByStop }) => ({ ids, endedByStop }))).toEqual(
      one.new.map((ids) => ({ ids, endedByStop: isEnded(ids) })),
    );
    const share = one.new.filter(isEnded).length / one.new.length;
    const points = told.flatMap((event) => (event.kind === 'metrics' && event.step === 0 ? event.points : []));
    expect(points.find(({ key }) => key === 'eval/ended_by_stop')?.value).toBeCloseTo(share, 10);
  });
});

describe('stop strings match text with special tokens, as in transformers', () => {
  const withSpecials = () => {
    const folder = mkdtempSync(join(root, 'model-'));
    cpSync(join(FIXTURES, 'models/llama-grouped'), folder, { recursive: true });
    cpSync(join(FIXTURES, 'stop-tokens/tokenizer'), folder, { recursive: true });
    return folder;
  };
  // The words of this tokenizer are numbered by their ids.
  const prompts = golden.prompts.map((ids) => ({ prompt: ids.map((id) => `w${id}`).join(' ') }));

  it.each(golden.stop_strings)('$name', async ({ stop, new: expected }) => {
    expect(await answers(withSpecials(), { stop: [...stop], input: { rows: prompts } })).toEqual(expected);
  });
});

it('model inspect shows each stop token with its origins, and entries that are none', async () => {
  const runtime = await start();
  const generation = { eos_token_id: [2, 5000, 118] };
  const chatTemplate = "{% for m in messages %}{{ m.content + '</s>' }}{% endfor %}";
  const model = folderOf({ config: [2, 9], generation }, chatTemplate);
  const { result } = await tellOfJob(runtime, { kind: 'model_inspect', model });
  runtime.dispose();
  expect(inspectionSchema.parse(result).tokenizer).toMatchObject({
    stop_tokens: [
      { id: 2, token: '</s>', origins: ['tokenizer', 'config', 'generation_config', 'chat_template'] },
      { id: 9, token: 'w6', origins: ['config'] },
      { id: 118, token: 'w115', origins: ['generation_config'] },
    ],
    ignored_stop_tokens: [{ value: '5000', origin: 'generation_config' }],
  });
});
