import { after } from '../../runtime/ops/after.ts';
import { rotaryEmbedding } from '../../runtime/ops/attention.ts';
import { rmsNorm } from '../../runtime/ops/normalization.ts';
import { recomputed } from '../../runtime/ops/recomputed.ts';
import { remakable } from '../../runtime/ops/remade.ts';
import { tf } from '../../runtime/tf.ts';
import type { Tensor } from '../../runtime/types.ts';
import { activate } from '../activation.ts';
import type { Activation, ModelConfig } from '../config/model-config.ts';
import { linear } from '../linear.ts';
import { linearParameters, matrix, normParameters, type Parameter } from '../parameters.ts';
import type { ModelWeights } from '../weights.ts';
import type { Family, LayerContext } from './family.ts';
import { joinHeads, splitHeads } from './heads-layout.ts';

/** The four matrices of attention, `<at>.self_attn.q_proj` and so on. */
export function attentionParameters(config: ModelConfig, at: string): Parameter[] {
  const { width, headWidth, bias } = config;
  const [queries, keys] = [config.heads * headWidth, config.keyValueHeads * headWidth];
  return [
    ...linearParameters(config, `${at}.self_attn.q_proj`, queries, width, bias.queryKeyValue),
    ...linearParameters(config, `${at}.self_attn.k_proj`, keys, width, bias.queryKeyValue),
    ...linearParameters(config, `${at}.self_attn.v_proj`, keys, width, bias.queryKeyValue),
    ...linearParameters(config, `${at}.self_attn.o_proj`, width, queries, bias.attentionOutput),
  ];
}

/** The three matrices of a gated MLP, `<at>.mlp.gate_proj` and so on. */
export function gatedMlpParameters(config: ModelConfig, at: string): Parameter[] {
  const { width, innerWidth, bias } = config;
  return [
    ...linearParameters(config, `${at}.mlp.gate_proj`, innerWidth, width, bias.mlp),
    ...linearParameters(config, `${at}.mlp.up_proj`, innerWidth, width, bias.mlp),
    ...linearParameters(config, `${at}.mlp.down_proj`, width, innerWidth, bias.mlp),
  ];
}

/** Queries, keys, or values before they are split by head. Shape: [b · t, width] to [b · t, heads · headWidth]. */
export function projected(weights: ModelWeights, kind: 'q' | 'k' | 'v', x: Tensor, context: LayerContext): Tensor {
  const name = `model.layers.${context.layer}.self_attn.${kind}_proj`;
  return linear(weights, name, x, context.config.bias.queryKeyValue);
}

/** Queries or keys with the layer's rotary positions. Shape: [b, heads, t, headWidth]. */
export function rotated(byHead: Tensor, { rotary }: LayerContext): Tensor {
  return rotary ? rotaryEmbedding(byHead, rotary.cos, rotary.sin) : byHead;
}

/** Queries [b, heads, t, headWidth], keys and values [b, keyValueHeads, t, headWidth]. */
export interface Heads {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
}

/** Queries, keys and values by head, queries and keys rotated. */
export function llamaHeads(weights: ModelWeights, x: Tensor, context: LayerContext): Heads {
  const { heads, keyValueHeads } = context.config;
  const byHead = (kind: 'q' | 'k' | 'v', count: number) =>
    splitHeads(projected(weights, kind, x, context), context, count);
  return {
    q: rotated(byHead('q', heads), context),
    k: rotated(byHead('k', keyValueHeads), context),
    v: byHead('v', keyValueHeads),
  };
}

/** The same with queries and keys normalized by head before they are rotated. */
export function normalizedHeads(norm: typeof scaledNorm) {
  return (weights: ModelWeights, x: Tensor, context: LayerContext): Heads => {
    const { config } = context;
    const byHead = (kind: 'q' | 'k' | 'v', count: number) =>
      splitHeads(projected(weights, kind, x, context), context, count);
    const turned = (kind: 'q' | 'k', count: number) => {
      const name = `model.layers.${context.layer}.self_attn.${kind}_norm`;
      return rotated(norm(weights, name, byHead(kind, count), config), context);
    };
    return {
      q: turned('q', config.heads),
      k: turned('k', config.keyValueHeads),
      v: byHead('v', config.keyValueHeads),
    };
  };
}

/** Attention and its output matrix. Result: [m, width] of the wanted rows. */
export function attended(weights: ModelWeights, { q, k, v }: Heads, context: LayerContext): Tensor {
  const joined = joinHeads(context.attend(q, k, v), context);
  return linear(weights, `model.layers.${context.layer}.self_attn.o_proj`, joined, context.config.bias.attentionOutput);
}

/** down(activation(gate(x)) · up(x)). Shape: [m, width]. */
export function gatedMlp(weights: ModelWeights, x: Tensor, { config, layer }: LayerContext): Tensor {
  const at = `model.layers.${layer}.mlp`;
  const gate = linear(weights, `${at}.gate_proj`, x, config.bias.mlp);
  const up = linear(weights, `${at}.up_proj`, x, config.bias.mlp);
  return linear(weights, `${at}.down_proj`, gated(weights, config.activation, gate, up), config.bias.mlp);
}

/**
 * activation(gate) · up. Weights that spare memory keep no more than the two for the gradient, which computes the
 * activation again. Shape: any, the same for all.
 */
export function gated(weights: ModelWeights, activation: Activation, gate: Tensor, up: Tensor): Tensor {
  if (!weights.spares) return tf.mul(activate(activation, gate), up);
  const whole = recomputed(({ x, weights: by }) => tf.mul(activate(activation, x), by.up as Tensor), {
    x: gate,
    weights: { up },
    constants: {},
  });
  return remakable(whole, [gate, up], ([kept, by], dy) =>
    tf.mul(activate(activation, after(kept as Tensor, dy)), by as Tensor),
  );
}

/** RMS normalization with a stored scale. */
export function scaledNorm(weights: ModelWeights, name: string, x: Tensor, config: ModelConfig): Tensor {
  return rmsNorm(x, weights.tensor(`${name}.weight`), config.normEpsilon);
}

/** The parts in which families with Llama's names differ. */
interface Parts extends Pick<Family, 'architectures' | 'layerParameters' | 'layer'> {
  /** The last norm; by default {@link scaledNorm}. */
  readonly norm?: typeof scaledNorm;
  readonly normParameters?: (name: string, size: number) => Parameter[];
}

/** A family whose embedding, layers, last norm and head have Llama's names. */
export function llamaNamed({
  norm = scaledNorm,
  normParameters: lastNorm = (name, size) => normParameters(name, size, false),
  ...parts
}: Parts): Family {
  return {
    ...parts,
    trunkPrefix: 'model.',
    headNames: ['lm_head.weight'],
    embeddingName: 'model.embed_tokens.weight',
    ignored: /^(model\.)?(layers\.\d+\.self_attn\.)?rotary_emb\.inv_freq$/,
    trunkParameters: (config) => [
      matrix(config, 'model.embed_tokens.weight', [config.vocabSize, config.width]),
      ...Array.from({ length: config.layers }, (_, index) => parts.layerParameters(config, index)).flat(),
      ...lastNorm('model.norm', config.width),
    ],
    embed: (weights, ids, _, { embeddingScale }) => {
      const rows = weights.rows('model.embed_tokens.weight', ids.reshape([-1]));
      return embeddingScale === 1 ? rows : tf.mul(rows, embeddingScale);
    },
    finalNorm: (weights, x, config) => norm(weights, 'model.norm', x, config),
  };
}
