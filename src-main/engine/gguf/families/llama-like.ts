import type { ModelConfig } from '../../model/config/model-config.ts';
import { unsupportedGguf } from '../bad-gguf.ts';
import type { GgufFacts } from '../facts.ts';
import { blockEntries, type MetadataEntry, type TensorName, withBias } from './gguf-family.ts';
import { type RotaryFields, type RotaryScaling, rotaryEntries, rotaryOfFile } from './rotary-fields.ts';
import type { Layout } from './tensor-layouts.ts';

/** Names of a family with Llama's block; `layout`: how queries and keys are stored. */
export function llamaLikeTensors(layout?: Layout): TensorName[] {
  const at = 'model.layers.{}';
  return [
    { gguf: 'token_embd.weight', hf: 'model.embed_tokens.weight' },
    { gguf: 'output_norm.weight', hf: 'model.norm.weight' },
    { gguf: 'output.weight', hf: 'lm_head.weight' },
    { gguf: 'blk.{}.attn_norm.weight', hf: `${at}.input_layernorm.weight` },
    { gguf: 'blk.{}.ffn_norm.weight', hf: `${at}.post_attention_layernorm.weight` },
    ...withBias('blk.{}.attn_q', `${at}.self_attn.q_proj`, layout),
    ...withBias('blk.{}.attn_k', `${at}.self_attn.k_proj`, layout),
    ...withBias('blk.{}.attn_v', `${at}.self_attn.v_proj`),
    ...withBias('blk.{}.attn_output', `${at}.self_attn.o_proj`),
    ...withBias('blk.{}.ffn_gate', `${at}.mlp.gate_proj`),
    ...withBias('blk.{}.ffn_up', `${at}.mlp.up_proj`),
    ...withBias('blk.{}.ffn_down', `${at}.mlp.down_proj`),
  ];
}

function refuseExperts(facts: GgufFacts): void {
  const experts = facts.number('.expert_count', 0);
  if (experts > 0) throw unsupportedGguf(facts.file.path, `it is a mixture of ${experts} experts.`);
}

function headWidthOf(facts: GgufFacts): number {
  const width = facts.number('.attention.key_length', null);
  const values = facts.number('.attention.value_length', width);
  if (values !== width) throw unsupportedGguf(facts.file.path, `its keys have ${width} entries, its values ${values}.`);
  return width ?? Math.floor(facts.requireNumber('.embedding_length') / facts.requireNumber('.attention.head_count'));
}

/** The fields of config.json that the families with Llama's block share. */
export interface LlamaLikeFields extends RotaryFields {
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  readonly head_dim: number;
  readonly hidden_act: string;
  readonly max_position_embeddings: number;
  readonly rms_norm_eps: number;
  readonly attention_bias: boolean;
  readonly tie_word_embeddings: boolean;
}

/** @param options.partial whether the family may rotate only a part of each head. */
export function llamaLikeConfig(facts: GgufFacts, options: { readonly partial?: boolean } = {}): LlamaLikeFields {
  refuseExperts(facts);
  const heads = facts.requireNumber('.attention.head_count');
  const headWidth = headWidthOf(facts);
  const rotated = facts.number('.rope.dimension_count', headWidth);
  if (rotated !== headWidth && !options.partial) {
    throw unsupportedGguf(facts.file.path, `it rotates ${rotated} of the ${headWidth} entries of a head.`);
  }
  return {
    hidden_size: facts.requireNumber('.embedding_length'),
    intermediate_size: facts.requireNumber('.feed_forward_length'),
    num_hidden_layers: facts.requireNumber('.block_count'),
    num_attention_heads: heads,
    num_key_value_heads: facts.number('.attention.head_count_kv', heads),
    head_dim: headWidth,
    hidden_act: 'silu',
    max_position_embeddings: facts.requireNumber('.context_length'),
    rms_norm_eps: facts.requireNumber('.attention.layer_norm_rms_epsilon'),
    attention_bias: facts.has('blk.0.attn_q.bias'),
    tie_word_embeddings: !facts.has('output.weight'),
    ...rotaryOfFile(facts, rotated),
  };
}

/**
 * The keys that the families with Llama's block share.
 * @param scalings kinds of rotary scaling that llama.cpp applies in the architecture.
 */
export function llamaLikeMetadata(config: ModelConfig, scalings?: readonly RotaryScaling[]): MetadataEntry[] {
  if (config.activation !== 'silu' && config.family !== 'gemma3_text') {
    throw unsupportedGguf('config.json: hidden_act', 'llama.cpp runs this family with silu only.', 'Export as hf.');
  }
  return [
    ...blockEntries(config),
    ['attention.head_count_kv', 'uint32', config.keyValueHeads],
    ['attention.key_length', 'uint32', config.headWidth],
    ['attention.value_length', 'uint32', config.headWidth],
    ['attention.layer_norm_rms_epsilon', 'float32', config.normEpsilon],
    ['vocab_size', 'uint32', config.vocabSize],
    ...rotaryEntries(config, scalings),
  ];
}
