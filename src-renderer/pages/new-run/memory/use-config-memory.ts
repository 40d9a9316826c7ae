import { watchDebounced } from '@vueuse/core';
import { computed, type Ref, shallowReactive, shallowRef } from 'vue';
import type { ModelSizes } from '#contract/api/library/model-library.ts';
import { findRecipe } from '#contract/config/index.ts';
import { type ConfigMemory, memoryOfConfig, type Remedy, remediesOf } from '#contract/memory/config-memory.ts';
import type { FrozenModel } from '#contract/memory/predict-memory.ts';
import { USABLE_SHARE } from '#contract/memory/what-fits.ts';
import { useConnection } from '../../../state/use-connection.ts';
import { asPart } from '../fields/reward-values.ts';
import type { FieldState, FormScope } from '../use-config-form.ts';

/** After this pause in writing, the sizes of models and the free memory are read. */
const PAUSE_MILLISECONDS = 300;

/** Predicted memory of the config that the form shows, and what is free. */
export interface FormMemory {
  readonly predicted: ConfigMemory;
  readonly availableBytes: number;
  readonly fits: boolean;
  /** Changes that save memory, the largest savings first. */
  readonly remedies: readonly Remedy[];
}

/** Models of a reward: its own, or those of its parts. */
function modelsOfReward(value: unknown): readonly string[] {
  const { type, model, parts } = asPart(value);
  if (type === 'sum') return parts.flatMap(({ reward }) => modelsOfReward(reward));
  return type === 'model' && model ? [model] : [];
}

/** A model of its own, or an adapter on the policy's base. */
function frozenOf(sizes: ModelSizes, model: ModelSizes, modelText: string): FrozenModel {
  const { adapter } = sizes;
  const isOnBase = adapter !== null && adapter.base === (model.adapter?.base ?? modelText);
  return isOnBase ? 'on_base' : sizes.shape;
}

/**
 * Predicts the memory of a config while it is being written. A model that cannot be read, such as that of an earlier
 * stage, has no sizes, and then nothing is predicted; the form's own check reports what is wrong with it.
 */
export function useConfigMemory(
  scope: Ref<FormScope | '' | null>,
  states: Ref<readonly FieldState[]>,
  baseFolder: Ref<string>,
) {
  const connection = useConnection();
  const known = shallowReactive(new Map<string, ModelSizes | null>());
  const availableBytes = shallowRef<number | null>(null);
  const byPath = computed(() => new Map(states.value.map((state) => [state.field.path, state.value])));
  const fieldValue = (path: string) => byPath.value.get(path);
  const model = computed(() => String(fieldValue('model') ?? '').trim());
  const rewards = computed(() => [...modelsOfReward(fieldValue('reward')), ...modelsOfReward(fieldValue('judge'))]);
  const keyOf = (text: string) => `${baseFolder.value}\n${text}`;

  async function read(text: string): Promise<void> {
    const key = keyOf(text);
    if (text === '' || baseFolder.value === '' || text.startsWith('stage:')) return;
    const client = await connection.api();
    const request = { folder: baseFolder.value, model: text };
    known.set(key, await client.models.shape(request).catch(() => null));
  }

  async function readAll(): Promise<void> {
    const client = await connection.api();
    const [fits] = await Promise.all([
      client.system.fits().catch(() => null),
      ...[model.value, ...rewards.value].map(read),
    ]);
    availableBytes.value = fits?.limitBytes ?? null;
  }

  watchDebounced([model, () => rewards.value.join('\n'), baseFolder], readAll, {
    debounce: PAUSE_MILLISECONDS,
    immediate: true,
  });

  const sizes = computed(() => known.get(keyOf(model.value)) ?? null);
  const memory = computed((): FormMemory | null => {
    const found = scope.value ? findRecipe(scope.value.recipe) : null;
    const own = sizes.value;
    const available = availableBytes.value;
    if (!found || !own || available === null) return null;
    const others = rewards.value.flatMap((text) => known.get(keyOf(text)) ?? []);
    const models = {
      shape: own.shape,
      context: own.context,
      adapter: own.adapter?.parameters ?? null,
      frozen: others.map((one) => frozenOf(one, own, model.value)),
    };
    const predicted = memoryOfConfig(found, fieldValue, models);
    const fits = predicted.peakBytes <= available * USABLE_SHARE;
    return { predicted, availableBytes: available, fits, remedies: fits ? [] : remediesOf(found, fieldValue, models) };
  });
  return { sizes, memory };
}
