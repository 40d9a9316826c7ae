import type { GgufFacts } from '../facts.ts';
import type { GgufFamily } from './gguf-family.ts';
import { llamaLikeConfig, llamaLikeMetadata, llamaLikeTensors } from './llama-like.ts';
import { ROTARY_PAIRS } from './tensor-layouts.ts';

/** A factor; llama.cpp means its default by 0. */
function factor(facts: GgufFacts, key: string, absent: number): number {
  const value = facts.number(key, absent);
  return value === 0 ? absent : value;
}

/** Dense Granite. */
export const granite: GgufFamily = {
  architecture: 'granite',
  modelTypes: ['granite'],
  tensors: llamaLikeTensors(ROTARY_PAIRS),
  config: (facts) => {
    const common = llamaLikeConfig(facts);
    return {
      ...common,
      model_type: 'granite',
      mlp_bias: facts.has('blk.0.ffn_gate.bias'),
      embedding_multiplier: factor(facts, '.embedding_scale', 1),
      residual_multiplier: factor(facts, '.residual_scale', 1),
      attention_multiplier: factor(facts, '.attention.scale', common.head_dim ** -0.5),
      logits_scaling: facts.requireNumber('.logit_scale'),
    };
  },
  metadata: (config) => [
    ...llamaLikeMetadata(config),
    ['attention.scale', 'float32', config.attentionScales[0] as number],
    ['embedding_scale', 'float32', config.embeddingScale],
    ['residual_scale', 'float32', config.residualScale],
    ['logit_scale', 'float32', config.logitDivisor],
  ],
};
