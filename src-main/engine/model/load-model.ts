import { type Fault, KeelError } from '#contract/errors.ts';
import { float32 } from '../runtime/host-tensor.ts';
import type { StoredDtype } from '../runtime/stored/stored-dtype.ts';
import type { Variables } from '../runtime/types.ts';
import type { ModelConfig } from './config/model-config.ts';
import { matchWeights } from './files/match-weights.ts';
import { type ModelFolder, openModelFolder } from './files/model-folder.ts';
import { createTogether } from './files/variable-files.ts';
import { weightFault, weightStatistics } from './files/weight-statistics.ts';
import { createHead, type HeadKind, headKindIn } from './heads.ts';
import { initializeParameters } from './initial-values.ts';
import { createLanguageModel, type LanguageModel } from './language-model.ts';
import type { Parameter } from './parameters.ts';
import { openWeightFile, type WeightFiles } from './safetensors/weight-files.ts';
import { storedAs } from './stored-as.ts';
import { createValueModel, type ValueModel } from './value-model.ts';

export interface LoadOptions {
  /** Load NaN, infinite or all-zero weights anyway, for inspection. Default false. */
  readonly allowBroken?: boolean;
  /** Storage type of the folder's weights: float16 for a frozen model. Default float32. */
  readonly stored?: StoredDtype;
}

/** A head that the model folder does not contain and that is initialized randomly. */
export interface NewHead {
  readonly kind: HeadKind;
  readonly seed: number;
}

function brokenWeights(faults: readonly Fault[]): KeelError {
  return new KeelError({
    code: 'model_weights_broken',
    why: `The weights cannot be used: ${faults
      .slice(0, 5)
      .map(({ where, why }) => `${where}: ${why}`)
      .join('; ')}.`,
    fix:
      'Use another checkpoint. A value above 65504 that was saved as f16 is infinite: save such a model as f32 or ' +
      'bf16.',
    faults,
  });
}

function faultOf(values: Float32Array, shape: readonly number[]): string | null {
  const statistics = weightStatistics(values);
  const fault = weightFault(statistics);
  if (fault) return fault;
  // Biases and new heads may be zero; a zero matrix in the trunk blocks every gradient behind it.
  return shape.length > 1 && statistics.zeros === statistics.count ? `all ${statistics.count} values are 0` : null;
}

function loadParameters(
  variables: Variables,
  prefix: string,
  files: WeightFiles,
  config: ModelConfig,
  parameters: readonly Parameter[],
  options: LoadOptions,
): void {
  const matched = matchWeights(files, config, parameters);
  const faults: Fault[] = [];
  createTogether(variables, prefix, () => {
    for (const parameter of parameters) {
      const { name, shape } = parameter;
      const values = files.read(matched.get(name) as string);
      const fault = options.allowBroken ? null : faultOf(values, shape);
      if (fault) faults.push({ where: name, why: fault });
      if (faults.length === 0) {
        const stored = storedAs(parameter, options.stored ?? 'float32');
        variables.create(`${prefix}/${name}`, float32(values, shape), stored);
      }
    }
    if (faults.length > 0) throw brokenWeights(faults);
  });
}

/**
 * Loads a causal language model into variables `<prefix>/<Hugging Face name>`, from a path or from what was opened, which
 * is closed.
 * @throws KeelError of {@link openModelFolder}, `model_weights_mismatch`, `model_weights_broken` or
 * `weights_exceed_half`; in that case no variable is left.
 */
export function loadLanguageModel(
  variables: Variables,
  prefix: string,
  source: string | Pick<ModelFolder, 'config' | 'files'>,
  options: LoadOptions = {},
): LanguageModel {
  const { config, files } = typeof source === 'string' ? openModelFolder(source) : source;
  try {
    const model = createLanguageModel(config);
    loadParameters(variables, prefix, files, config, [...model.trunkParameters, ...model.headParameters], options);
    return model;
  } finally {
    files.close();
  }
}

/** The error for a model without a reward or value head where one is needed. */
export function headMissing(where: string): KeelError {
  return new KeelError({
    code: 'model_head_missing',
    why: `${where} is a plain language model without a reward or value head.`,
    fix:
      'Specify a reward model: a folder saved by a reward-model run, or one of …ForSequenceClassification with one ' +
      'label.',
  });
}

function loadValues(
  variables: Variables,
  prefix: string,
  source: { readonly files: WeightFiles; readonly config: ModelConfig; readonly where: string },
  newHead: NewHead | null,
  options: LoadOptions,
): ValueModel {
  const { files, config, where } = source;
  const kind = newHead?.kind ?? headKindIn(files.tensors.keys());
  if (kind === null) throw headMissing(where);
  const model = createValueModel(config, kind);
  const stored = newHead ? model.trunkParameters : [...model.trunkParameters, ...model.headParameters];
  loadParameters(variables, prefix, files, config, stored, options);
  if (newHead) initializeParameters(variables, prefix, createHead(kind, config.width).parameters, newHead.seed);
  return model;
}

/**
 * Loads a trunk with a head that returns one number per position. With `newHead`, the trunk can come from any folder of
 * the family and the head is initialized randomly; without it, the folder must contain a head.
 * @throws KeelError as {@link loadLanguageModel}, and `model_head_missing`.
 */
export function loadValueModel(
  variables: Variables,
  prefix: string,
  folder: string,
  newHead: NewHead | null = null,
  options: LoadOptions = {},
): ValueModel {
  const { config, files } = openModelFolder(folder);
  try {
    return loadValues(variables, prefix, { files, config, where: folder }, newHead, options);
  } finally {
    files.close();
  }
}

/** Loads a trunk with its head from one safetensors file that has no config of its own (`trunk.*` and `head.*`). */
export function loadValueModelFile(
  variables: Variables,
  prefix: string,
  file: string,
  config: ModelConfig,
): ValueModel {
  const files = openWeightFile(file);
  try {
    return loadValues(variables, prefix, { files, config, where: file }, null, {});
  } finally {
    files.close();
  }
}
