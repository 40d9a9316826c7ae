import { z } from 'zod';
import { field, group, whole, words } from '../fields/field.ts';
import { allFrom, type Preset } from '../preset.ts';

const size = (what: string) => field(whole(1, 1_000_000), { description: what });

/** A new model of a given shape, its tokenizer trained on a corpus: `keel model init` and a pipeline's first stage. */
export const modelInitSchema = group(
  {
    family: field(z.enum(['gpt2', 'gpt_neox', 'llama', 'mistral', 'qwen2', 'qwen3']), { description: 'Architecture.' }),
    corpus: field(z.array(words()).min(1).max(1000), { description: 'Files whose text the tokenizer is trained on.' }),
    vocab_size: field(whole(257, 1_000_000), { description: 'Entries of the byte-level BPE vocabulary, at most.' }),
    hidden_size: size('Width of the hidden states.'),
    num_layers: size('Number of blocks.'),
    num_heads: size('Attention heads; divides the width.'),
    num_kv_heads: field(whole(1, 1_000_000).nullable(), {
      description: 'Heads of keys and values; null for as many as `num_heads`. For llama, mistral, qwen2 and qwen3.',
    }),
    intermediate_size: field(whole(1, 10_000_000).nullable(), {
      description: 'Width inside the feed-forward layer; null for 4 times the hidden width.',
    }),
    context: field(whole(8, 1_048_576), { description: 'Longest sequence.', unit: 'tokens' }),
    tie_word_embeddings: field(z.boolean(), { description: 'Output head and input embedding are one matrix.' }),
    seed: field(whole(0, 2_147_483_647), { description: 'Seed of the initial weights; 0 is a seed.' }),
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
