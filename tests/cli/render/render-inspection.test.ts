import { expect, it } from 'vitest';
import type { Inspection } from '#contract/api/library/model-library.ts';
import { renderInspection, renderTensors } from '../../../src-main/cli/render/render-inspection.ts';

const tensor = (name: string, shape: number[], dtype: string) => ({
  ...{ name, shape, dtype, count: shape.reduce((product, axis) => product * axis, 1) },
  ...{ nan: 0, infinite: 0, zeros: 2, denormal: 0, minimum: -0.5, maximum: 0.25, mean: 1e-5, deviation: 0.125 },
  fault: null,
});

const named = { id: 2, token: '<|im_end|>' };
/** SmolLM2-135M-Instruct's shape, with two of its tensors. */
const CHAT: Inspection = {
  family: 'llama',
  architectures: ['LlamaForCausalLM'],
  head: 'lm',
  parameters: 134_515_008,
  shape: {
    ...{ hidden_size: 576, num_layers: 30, num_heads: 9, num_kv_heads: 3, intermediate_size: 1536 },
    ...{ vocab_size: 49_152, context: 8192, tie_word_embeddings: true },
  },
  dtypes: ['BF16', 'F32'],
  faults: [],
  generation_config: null,
  tokenizer: {
    ...{ vocab_size: 49_152, fits_embedding: true, eos: named, bos: null, pad: { ...named, source: 'declared' } },
    stop_tokens: [{ ...named, origins: ['tokenizer'] }],
    ignored_stop_tokens: [],
    self_test: { proves: '', all_equal: true, keeps_special_text: true, round_trips: [] },
    chat_template: {
      text: '<|im_start|>user\nWhere is my order?<|im_end|>\n',
      tokens: 9,
      assistant_text: 'On its way.',
    },
  },
  tensors: [tensor('model.embed_tokens.weight', [49_152, 576], 'BF16'), tensor('model.norm.weight', [576], 'F32')],
};

it('tells people what a chat model is, what it is for, and what fits', () => {
  // 134,515,008 parameters: 538 MB at 4 bytes, 2.15 GB at 16, 4.84 GB at 36.
  expect(renderInspection(CHAT, 3e9).split('\n')).toEqual([
    'kind        language model, family llama',
    'parameters  134,515,008',
    'shape       30 layers of width 576, 9 heads, 3 for keys and values',
    'context     8,192 tokens',
    'embedding   49,152 rows, tied to the output',
    'weights     2 tensors, 56.6 MB bfloat16, 2.3 kB float32',
    'tokenizer   49,152 tokens',
    'template    <|im_start|>user⏎Where is my order?<|im_end|>⏎',
    'use         `model` of every recipe; keel generate, keel score',
    'memory      generate or score: above 538 MB (fits)',
    '            sft: above 2.15 GB (fits)',
    '            policy, critic, and reference of an online recipe: above 4.84 GB (does not fit)',
    '            of 3 GB available here; keel run CONFIG --preflight measures a run exactly',
    '',
    'stop token  <|im_end|> (2): tokenizer',
    '',
    'All weights are finite and match the config.',
  ]);
});

it('names every problem, and a stored form without bytes of its own', () => {
  const error = { code: 'x', why: 'It has neither tokenizer.json nor vocab.json.', fix: 'Add them.', kind: 'expected' };
  const text = renderInspection(
    {
      ...CHAT,
      head: 'score',
      tokenizer: { error },
      faults: [{ where: 'score.weight', why: 'contains 1 NaN' }],
      tensors: [tensor('score.weight', [1, 576], 'Q8_0')],
    },
    1e12,
  );
  for (const line of [
    'kind        reward model (one score per text), family llama',
    'weights     1 tensor, 576 values Q8_0',
    'tokenizer   cannot be used: It has neither tokenizer.json nor vocab.json. Add them.',
    'problem: score.weight contains 1 NaN',
  ]) {
    expect(text.split('\n')).toContain(line);
  }
});

it('shows the statistics of the tensors where they are asked for', () => {
  expect(renderTensors(CHAT).split('\n')[1]).toBe(
    'model.embed_tokens.weight  49152×576  BF16   0.00001  0.125  -0.5  0.25  2      0    0',
  );
});
