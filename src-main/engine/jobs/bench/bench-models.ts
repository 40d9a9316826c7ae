import { frozenWeights } from '../../model/adapters/adapted-weights.ts';
import { parseModelConfig } from '../../model/config/parse-config.ts';
import { copyVariables } from '../../model/files/variable-files.ts';
import { initializeParameters } from '../../model/initial-values.ts';
import { createLanguageModel, type LanguageModel } from '../../model/language-model.ts';
import { loadLanguageModel, loadValueModelFile } from '../../model/load-model.ts';
import { createValueModel, type ValueModel } from '../../model/value-model.ts';
import { type PlacedModel, plainWeights, type WeightsOf } from '../../model/weights.ts';
import type { StoredDtype } from '../../runtime/stored/stored-dtype.ts';
import type { Runtime, Variables } from '../../runtime/types.ts';
import type { BenchOptions } from './bench-options.ts';

/** Weights below `policy/`, `reference/`, `critic/` and `reward/`. */
export interface BenchModels {
  readonly policy: PlacedModel<LanguageModel>;
  readonly reference: WeightsOf;
  readonly critic: PlacedModel<ValueModel>;
  readonly reward: PlacedModel<ValueModel>;
  /** Full names of the trained variables. */
  readonly trained: readonly string[];
  /** Number of parameters of the policy. */
  readonly parameters: number;
  /** Number of parameters that are trained. */
  readonly trainedParameters: number;
}

const sizeOf = (variables: Variables, names: readonly string[]) =>
  names.reduce((sum, name) => sum + variables.shape(name).reduce((product, axis) => product * axis, 1), 0);

function benchModels(
  runtime: Runtime,
  models: { readonly policy: LanguageModel; readonly critic: ValueModel; readonly reward: ValueModel },
  frozen: StoredDtype,
): BenchModels {
  const { variables } = runtime;
  copyVariables(variables, 'policy', 'reference', frozen);
  const trained = [...variables.names('policy/'), ...variables.names('critic/')];
  return {
    policy: { model: models.policy, weightsOf: plainWeights('policy') },
    reference: frozenWeights('reference'),
    critic: { model: models.critic, weightsOf: plainWeights('critic') },
    reward: { model: models.reward, weightsOf: frozenWeights('reward') },
    trained,
    parameters: sizeOf(variables, variables.names('policy/')),
    trainedParameters: sizeOf(variables, trained),
  };
}

/**
 * The PyTorch baseline's architecture: GPT-NeoX with 512 positions, rotary embeddings on a quarter of each head, and
 * single-layer heads; or Llama with 2048 positions.
 */
export function configOf({ hidden, layers, heads, vocab, family, kvHeads, intermediate, tied }: BenchOptions) {
  const shape = {
    hidden_size: hidden,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    intermediate_size: intermediate ?? 4 * hidden,
    vocab_size: vocab,
    tie_word_embeddings: tied,
  };
  const own = {
    gpt_neox: { max_position_embeddings: 512, rotary_pct: 0.25, hidden_act: 'gelu' },
    llama: { max_position_embeddings: 2048, num_key_value_heads: kvHeads ?? heads, hidden_act: 'silu' },
  }[family];
  return parseModelConfig({ model_type: family, ...shape, ...own });
}

/**
 * Four models of the given shape. The weights are random and drawn once: all trunks start equal, since speed does not
 * depend on the values.
 */
export function initializeBenchModels(runtime: Runtime, options: BenchOptions): BenchModels {
  const { variables } = runtime;
  const { seed, frozenDtype } = options;
  const config = configOf(options);
  const policy = createLanguageModel(config);
  const critic = createValueModel(config, 'linear');
  initializeParameters(variables, 'policy', [...policy.trunkParameters, ...policy.headParameters], seed);
  for (const { name } of critic.trunkParameters) {
    variables.create(`critic/${name}`, variables.read(`policy/${name}`));
  }
  initializeParameters(variables, 'critic', critic.headParameters, seed);
  copyVariables(variables, 'critic', 'reward', frozenDtype);
  return benchModels(runtime, { policy, critic, reward: critic }, frozenDtype);
}

/** The models of a dump of the PyTorch baseline. Throws what loading a model folder throws. */
export function loadBenchModels(runtime: Runtime, folder: string): BenchModels {
  const policy = loadLanguageModel(runtime.variables, 'policy', `${folder}/policy`);
  const valueModel = (prefix: 'critic' | 'reward') =>
    loadValueModelFile(runtime.variables, prefix, `${folder}/${prefix}.safetensors`, policy.config);
  return benchModels(runtime, { policy, critic: valueModel('critic'), reward: valueModel('reward') }, 'float32');
}
