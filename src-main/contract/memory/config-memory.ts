import type { RecipeDescriptor } from '../recipe-parts/descriptor.ts';
import { adapterParameters, type FrozenDtype, type NetworkShape } from './network-shape.ts';
import { type FrozenModel, type PredictedMemory, predictMemory, type Workload } from './predict-memory.ts';
import { STATED, workOf } from './stated-workload.ts';

/** The value of a config field by its path, presets included. */
export type FieldValue = (path: string) => unknown;

/** Sizes of the models that a config names. */
export interface ConfigModels {
  readonly shape: NetworkShape;
  /** The longest sequence of the model, in tokens. */
  readonly context: number;
  /** Number of parameters of the adapter that the model itself is; null for a model with all weights of its own. */
  readonly adapter: number | null;
  /** Frozen models beside policy and reference: reward model and judge. */
  readonly frozen: readonly FrozenModel[];
}

/** Tokens of a sequence if `data.max_length` leaves them to the data. */
const ASSUMED_LENGTH = 512;

/** Prediction for a config, and the length of a sequence for which it holds. */
export interface ConfigMemory extends PredictedMemory {
  readonly tokens: number;
  readonly isAssumed: boolean;
}

const numberAt = (fieldValue: FieldValue, path: string): number | null => {
  const value = fieldValue(path);
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
};

function workloadOf(recipe: RecipeDescriptor, fieldValue: FieldValue, context: number): Workload {
  const isOnline = recipe.kind === 'online';
  const response = isOnline ? (numberAt(fieldValue, 'generation.max_new_tokens') ?? STATED.response) : 0;
  const longest = Math.min(numberAt(fieldValue, 'data.max_length') ?? ASSUMED_LENGTH, context);
  const tokens = Math.max(longest, response + 1);
  const batch = numberAt(fieldValue, isOnline ? 'updates.minibatch_size' : 'training.batch_size') ?? STATED.rows;
  return {
    ...workOf(recipe),
    rows: Math.min(batch, numberAt(fieldValue, 'engine.micro_batch_size') ?? batch),
    prompt: tokens - response,
    response,
    rollouts: numberAt(fieldValue, 'rollouts.num_rollouts') ?? STATED.rollouts,
    recomputes: fieldValue('engine.recompute_activations') === true,
  };
}

const namesOf = (value: unknown) => (Array.isArray(value) ? value.map(String) : value ? [String(value)] : []);

/** Predicted memory of a config, from its values and the sizes of its models. */
export function memoryOfConfig(recipe: RecipeDescriptor, fieldValue: FieldValue, models: ConfigModels): ConfigMemory {
  const work = workloadOf(recipe, fieldValue, models.context);
  const own = { r: numberAt(fieldValue, 'adapter.r') ?? 8, targets: namesOf(fieldValue('adapter.target_modules')) };
  const isLora = fieldValue('adapter.peft_type') === 'lora';
  const field = recipe.kind === 'online' ? 'updates.num_layers_unfrozen' : 'training.num_layers_unfrozen';
  const predicted = predictMemory(models.shape, work, {
    adapter: isLora ? (models.adapter ?? adapterParameters(models.shape, own)) : null,
    frozenDtype: (fieldValue('engine.frozen_dtype') as FrozenDtype | undefined) ?? 'float32',
    frozen: models.frozen,
    unfrozenLayers: numberAt(fieldValue, field),
  });
  const isAssumed = numberAt(fieldValue, 'data.max_length') === null && models.context > ASSUMED_LENGTH;
  return { ...predicted, tokens: work.prompt + work.response, isAssumed };
}

/** A change of one field, and the memory that the config would then take. */
export interface Remedy {
  readonly path: string;
  readonly value: unknown;
  readonly peakBytes: number;
}

const NARROWER: readonly FrozenDtype[] = ['bfloat16', 'int8', 'nf4'];

function candidates(
  recipe: RecipeDescriptor,
  fieldValue: FieldValue,
  context: number,
): readonly Omit<Remedy, 'peakBytes'>[] {
  const isLora = fieldValue('adapter.peft_type') === 'lora';
  const hasFrozen = isLora || recipe.kind === 'online';
  const narrower = NARROWER.slice(NARROWER.indexOf(fieldValue('engine.frozen_dtype') as FrozenDtype) + 1);
  const { rows } = workloadOf(recipe, fieldValue, context);
  return [
    ...(isLora ? [] : [{ path: 'adapter.peft_type', value: 'lora' }]),
    ...(hasFrozen ? narrower.map((value) => ({ path: 'engine.frozen_dtype', value })) : []),
    ...(fieldValue('engine.recompute_activations') === true
      ? []
      : [{ path: 'engine.recompute_activations', value: true }]),
    ...(rows > 1 ? [{ path: 'engine.micro_batch_size', value: 1 }] : []),
  ];
}

/** Single changes after which a config takes less memory, those that save most first. */
export function remediesOf(recipe: RecipeDescriptor, fieldValue: FieldValue, models: ConfigModels): readonly Remedy[] {
  const now = memoryOfConfig(recipe, fieldValue, models).peakBytes;
  const tried = candidates(recipe, fieldValue, models.context).map((one) => {
    const changed: FieldValue = (path) => (path === one.path ? one.value : fieldValue(path));
    return { ...one, peakBytes: memoryOfConfig(recipe, changed, models).peakBytes };
  });
  return tried.filter(({ peakBytes }) => peakBytes < now).sort((one, other) => one.peakBytes - other.peakBytes);
}
