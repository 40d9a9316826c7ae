import type { InjectionKey, Ref } from 'vue';
import type { ModelSizes } from '#contract/api/library/model-library.ts';

/** Sizes of the model that the form trains, for fields that depend on it; null while they are not known. */
export const MODEL_SIZES: InjectionKey<Readonly<Ref<ModelSizes | null>>> = Symbol('model sizes');
