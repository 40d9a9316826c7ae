import { tf } from '../../runtime/tf.ts';
import type { Tensor } from '../../runtime/types.ts';
import type { ModelConfig } from '../config/model-config.ts';
import { linear } from '../linear.ts';
import { linearParameters, normParameters, type Parameter } from '../parameters.ts';
import type { ModelWeights } from '../weights.ts';
import { architectures, type Family, type LayerContext } from './family.ts';
import { gated, type Heads, llamaNamed, rotated } from './gated-block.ts';
import { splitHeads } from './heads-layout.ts';
import { preNormLayer } from './pre-norm.ts';

/** Rows of the fused matrix: queries, keys, values. */
function fusedRows({ heads, keyValueHeads, headWidth }: ModelConfig): [q: number, k: number, v: number] {
  return [heads * headWidth, keyValueHeads * headWidth, keyValueHeads * headWidth];
}

function layerParameters(config: ModelConfig, layer: number): Parameter[] {
  const { width, innerWidth } = config;
  const at = `model.layers.${layer}`;
  const [q, k, v] = fusedRows(config);
  return [
    ...normParameters(`${at}.input_layernorm`, width, false),
    ...linearParameters(config, `${at}.self_attn.qkv_proj`, q + k + v, width, false),
    ...linearParameters(config, `${at}.self_attn.o_proj`, width, q, false),
    ...normParameters(`${at}.post_attention_layernorm`, width, false),
    ...linearParameters(config, `${at}.mlp.gate_up_proj`, 2 * innerWidth, width, false),
    ...linearParameters(config, `${at}.mlp.down_proj`, width, innerWidth, false),
  ];
}

function heads(weights: ModelWeights, x: Tensor, context: LayerContext): Heads {
  const { config } = context;
  const fused = linear(weights, `model.layers.${context.layer}.self_attn.qkv_proj`, x, false);
  const [q, k, v] = tf.split(fused, fusedRows(config), 1) as [Tensor, Tensor, Tensor];
  return {
    q: rotated(splitHeads(q, context, config.heads), context),
    k: rotated(splitHeads(k, context, config.keyValueHeads), context),
    v: splitHeads(v, context, config.keyValueHeads),
  };
}

function mlp(weights: ModelWeights, x: Tensor, { config, layer }: LayerContext): Tensor {
  const at = `model.layers.${layer}.mlp`;
  const [gate, up] = tf.split(linear(weights, `${at}.gate_up_proj`, x, false), 2, 1) as [Tensor, Tensor];
  return linear(weights, `${at}.down_proj`, gated(weights, config.activation, gate, up), false);
}

/** Phi 3 and Phi 4: Llama's block with one matrix for queries, keys and values, and one for gate and up. */
export const phi3: Family = llamaNamed({
  architectures: architectures('Phi3'),
  layerParameters,
  layer: preNormLayer({ heads, mlp }),
});
