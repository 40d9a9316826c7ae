import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { KeelError } from '#contract/errors.ts';
import { openGguf } from '#engine/gguf/open-gguf.ts';
import { openModelFolder } from '#engine/model/files/model-folder.ts';
import type { Runtime } from '#engine/runtime/types.ts';
import {
  type Changes,
  changedModel,
  exportGguf,
  greedyTokens,
  lossOf,
  NEW_TOKENS,
  realPrompts,
} from '../../support/exported-gguf.ts';
import { goldenBatch } from '../../support/golden-models.ts';
import { askLlamaCpp, llamaCpp } from '../../support/llama-cpp.ts';
import { inShort } from '../../support/long-form.ts';
import { type RuntimeKind, runtimeKinds } from '../../support/runtimes.ts';

const root = mkdtempSync(join(tmpdir(), 'keel-gguf-families-'));
afterAll(() => rmSync(root, { recursive: true }));

const YARN = { rope_type: 'yarn', rope_theta: 500, factor: 4, beta_fast: 8, original_max_position_embeddings: 32 };
const LONGROPE = { rope_type: 'longrope', rope_theta: 500, partial_rotary_factor: 0.75, short_factor: [1, 1.25, 2] };
const LLAMA3 = {
  rope_type: 'llama3',
  rope_theta: 500,
  factor: 4,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 32,
};

const llama = llamaCpp();
const missing = 'missing' in llama ? ` (llama.cpp skipped: ${llama.missing})` : '';

const folderOf = (name: string, changes: Changes) => changedModel(name, changes, mkdtempSync(join(root, 'model-')));
const exported = (runtime: Runtime, source: string, type: 'F32' | 'F16') => exportGguf(runtime, root, { source, type });

/** A window that is no shorter than the context has no effect in llama.cpp either. */
const WIDE = { sliding_window: 128 };
const HEADS = { query_pre_attn_scalar: 8 };
const SCALED = {
  full_attention: { rope_type: 'linear', factor: 8, rope_theta: 500 },
  sliding_attention: { rope_type: 'default', rope_theta: 50 },
};
const PERIOD_3 = ['sliding_attention', 'sliding_attention', 'full_attention', 'sliding_attention'];
// llama.cpp's shortest context is 256 tokens.
const LONG = { max_position_embeddings: 512, original_max_position_embeddings: 256 };

const CASES: readonly (readonly [name: string, type: 'F32' | 'F16', changes: Changes])[] = [
  ...(['F32', 'F16'] as const).flatMap((type) =>
    [
      ['smollm3', {}] as const,
      ['granite', {}] as const,
      ['olmo2', {}] as const,
      ['olmo3', {}] as const,
      ['gemma3', HEADS] as const,
      ['phi3', WIDE] as const,
      ['ministral', WIDE] as const,
      ['ministral3', {}] as const,
    ].map(([name, changes]) => [name, type, changes] as const),
  ),
  ['granite-tied-sharded-bf16', 'F32', {}],
  ['olmo3-yarn-sharded-bf16', 'F32', {}],
  ['gemma3', 'F32', { ...HEADS, rope_parameters: SCALED, layer_types: PERIOD_3 }],
  ['phi3-long-sharded-bf16', 'F32', LONG],
  ['ministral3-sharded-bf16', 'F32', WIDE],
  ['llama-yarn', 'F32', { rope_parameters: { ...YARN, attention_factor: 0.7 } }],
  ['qwen2', 'F32', {}],
  ['qwen3', 'F32', {}],
  ['gpt-neox', 'F32', { rope_parameters: { rope_type: 'default', rope_theta: 500, partial_rotary_factor: 0.5 } }],
];

describe.skipIf('missing' in llama)(`in llama.cpp${missing}`, () => {
  test.each(inShort(CASES, (_, index) => index % 2 === 0))(
    '%s as %s %j continues prompts as in Keel',
    { timeout: 240_000 },
    async (name, type, changes) => {
      const runtime = await (runtimeKinds[0] as RuntimeKind).start();
      const { path } = await exported(runtime, folderOf(name, changes), type);
      const { golden, batch } = goldenBatch(name);
      const own = greedyTokens(runtime, path, batch);
      const scored = (golden.ids[0] ?? []).concat(own[0] ?? []);
      const loss = lossOf(runtime, path, scored);
      await runtime.dispose();
      const prompts = realPrompts(golden);
      const request = { path, prompts, newTokens: NEW_TOKENS, scored, texts: [] };
      const answer = askLlamaCpp((llama as { readonly folder: string }).folder, request);
      // llama.cpp rounds states to float16 before it multiplies by float16 weights, which decides some near ties later on.
      const compared = type === 'F32' ? NEW_TOKENS : 8;
      expect(answer.greedy.map((row) => row.slice(0, compared))).toEqual(own.map((row) => row.slice(0, compared)));
      // GELU is a table of float16 values in llama.cpp.
      const isGelu = name === 'gemma3' || name === 'gpt-neox';
      expect(Math.abs(answer.loss - loss)).toBeLessThan(type === 'F16' ? 3e-4 : isGelu ? 3e-4 : 1e-6);
    },
  );
});

describe('a model that llama.cpp would compute differently', () => {
  const refused = async (name: string, changes: Changes) => {
    const runtime = await (runtimeKinds[0] as RuntimeKind).start();
    const fault = await exported(runtime, folderOf(name, changes), 'F16').catch((error: unknown) => error);
    await runtime.dispose();
    return fault instanceof KeelError ? `${fault.code}: ${fault.why} ${fault.fix}` : String(fault);
  };

  test.each([
    ['smollm3', { no_rope_layers: [1, 0, 1, 0] }, 'no_rope_layers: llama.cpp runs this family without positions in'],
    ['olmo2-tied-sharded-bf16', {}, 'tie_word_embeddings: llama.cpp runs this family with an output matrix of its own'],
    ['gpt-neox-serial', {}, 'tie_word_embeddings: llama.cpp runs this family with an output matrix of its own'],
    ['gpt-neox', {}, 'its heads rotate 3 of 12 entries, an odd number'],
    ['gemma3', {}, 'query_pre_attn_scalar: llama.cpp runs this family with 8 in a model of this shape'],
    ['gemma3-untied-sharded-bf16', HEADS, 'attention_bias: llama.cpp runs this family without biases'],
    [
      'phi3-long-sharded-bf16',
      { rope_parameters: { ...LONGROPE, long_factor: null } },
      'needs a long_factor with 3 values',
    ],
    ['qwen2', { rope_parameters: LLAMA3 }, 'llama.cpp does not apply the rotary scaling "llama3" in this architecture'],
  ])('%s with %j is refused by name', async (name, changes, why) => {
    const told = await refused(name, changes);
    expect(told).toContain('gguf_unsupported');
    expect(told).toContain(why);
    expect(told).toContain('xport as hf');
  });
});

/** Every field that the network needs, except those of the source's config.json. */
function configOf(path: string): unknown {
  const { config, files } = openModelFolder(path);
  files.close();
  const { raw: _, ...parsed } = config;
  return parsed;
}

describe('where llama.cpp ignores sliding windows', () => {
  test.each([
    'mistral-window',
    'qwen2-window',
    'phi3',
    'ministral',
    'ministral3-sharded-bf16',
    'smollm3-window-sharded-bf16',
  ])('%s declares the context up to which it makes no difference, and is read back with its windows', async (name) => {
    const source = folderOf(name, name.startsWith('smollm3') ? { no_rope_layers: [1, 1, 1, 0] } : {});
    const runtime = await (runtimeKinds[0] as RuntimeKind).start();
    const { path, remarks } = await exported(runtime, source, 'F32');
    await runtime.dispose();
    const file = openGguf(path);
    file.close();
    const window = openModelFolder(source).config.windows.find((one) => one !== null);
    expect(file.metadata.get(`${file.metadata.get('general.architecture')}.context_length`)).toBe(window);
    expect(remarks).toEqual([
      expect.stringContaining(`a context of ${window} tokens`),
      'The Modelfile has no TEMPLATE: the model has no chat template.',
    ]);
    expect(configOf(path)).toEqual(configOf(source));
  });
});
