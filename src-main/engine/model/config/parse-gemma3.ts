import { z } from 'zod';
import { activation, context } from './config-fields.ts';
import { blockConfig, blockFields, perLayer } from './gated-block.ts';
import type { ModelConfig } from './model-config.ts';
import { rotaryByType, rotaryByTypeFields } from './rotary-by-type.ts';

const notCapped = (what: string) => z.null(`soft capping of ${what} is not supported`).optional();

const fields = z.looseObject({
  ...blockFields,
  ...rotaryByTypeFields,
  hidden_activation: activation.default('gelu_tanh'),
  max_position_embeddings: context.default(131_072),
  tie_word_embeddings: z.boolean().default(true),
  query_pre_attn_scalar: z.number().positive().finite().default(256),
  sliding_window_pattern: z.number().int().positive().default(6),
  final_logit_softcapping: notCapped('logits'),
  attn_logit_softcapping: notCapped('attention scores'),
  use_bidirectional_attention: z.literal(false, 'attention to later tokens is not supported').nullish(),
});

/** config.json of Gemma 3 for text: by default, five layers of six have a window and rotary positions of their own. */
export const gemma3Schema = fields.transform((parsed, issues): Omit<ModelConfig, 'raw'> => {
  const add = (why: string) => issues.addIssue(why);
  const { num_hidden_layers: layers, layer_types: types, sliding_window: given } = parsed;
  const slides = (layer: number) =>
    types ? types[layer] === 'sliding_attention' : (layer + 1) % parsed.sliding_window_pattern !== 0;
  const bases = { full: 1_000_000, sliding: 10_000 };
  const rotary = (headWidth: number) => rotaryByType(parsed, { headWidth, layers, slides }, bases, add);
  const block = blockConfig(
    'gemma3_text',
    { ...parsed, rope_parameters: null },
    { keyValueHeads: 4, headWidth: 256, rotary },
    add,
  );
  const window = given === undefined ? 4096 : given;
  return {
    ...block,
    activation: parsed.hidden_activation,
    bias: { ...block.bias, mlp: false },
    embeddingScale: Math.fround(Math.sqrt(block.width)),
    attentionScales: perLayer(layers, () => parsed.query_pre_attn_scalar ** -0.5),
    windows: perLayer(layers, (layer) => (slides(layer) ? window : null)),
  };
});
