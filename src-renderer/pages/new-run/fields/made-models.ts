import type { InjectionKey, Ref } from 'vue';
import type { MadeModel } from './use-made-models.ts';

/** Models from earlier runs and stages, for every model field of the form. */
export const MADE_MODELS: InjectionKey<Readonly<Ref<readonly MadeModel[]>>> = Symbol('made models');
