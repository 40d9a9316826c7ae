import { z } from 'zod';
import { field, group, whole, words } from '../fields/field.ts';
import { allFrom, type Preset } from '../preset.ts';

const size = (what: string) => field(whole(1, 1_000_000), { description: what });

const FAMILIES = [
  'gpt2',
  'gpt_neox',
  'llama',
  'mistral',
  'qwen2',
  'qwen3',
  'smollm3',
  'granite',
  'olmo2',
  'olmo3',
  'gemma3_text',
  'phi3',
  'ministral',
  'ministral3',
] as const;

/** A new model of a given shape, with a tokenizer trained on a corpus: `keel model init`, a pipeline's first stage. */
export const modelInitSchema = group(
  {
    family: field(z.enum(FAMILIES), { description: 'Architecture.' }),
    corpus: field(z.array(words()).min(1).max(1000), { description: 'Files on whose text the tokenizer is trained.' }),
    vocab_size: field(whole(257, 1_000_000), { description: 'Maximum size of the byte-level BPE vocabulary.' }),
    hidden_size: size('Width of the hidden states.'),
    num_layers: size('Number of transformer blocks.'),
    num_heads: size('Number of attention heads; must divide the hidden size.'),
    num_kv_heads: field(whole(1, 1_000_000).nullable(), {
      description: 'Number of key and value heads, not for gpt2 and gpt_neox; null for `num_heads`.',
    }),
    intermediate_size: field(whole(1, 10_000_000).nullable(), {
      description: 'Width of the feed-forward layer; null for 4 times the hidden size.',
    }),
    context: field(whole(8, 1_048_576), { description: 'Maximum sequence length.', unit: 'tokens' }),
    tie_word_embeddings: field(z.boolean(), { description: 'Use one matrix for output head and input embedding.' }),
    seed: field(whole(0, 2_147_483_647), { description: 'Seed of the initial weights; 0 is a valid seed.' }),
  },
  'A new model.',
);
export type ModelInitFile = z.infer<typeof modelInitSchema>;

export const modelInitPreset = allFrom('Keel: a model that learns on two CPU cores', {
  family: 'gpt_neox' as const,
  vocab_size: 4096,
  hidden_size: 128,
  num_layers: 6,
  num_heads: 4,
  num_kv_heads: null,
  intermediate_size: null,
  context: 512,
  tie_word_embeddings: false,
  seed: 0,
}) satisfies Preset<ModelInitFile>;
