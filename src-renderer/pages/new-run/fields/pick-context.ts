import type { InjectionKey, Ref } from 'vue';

/** A model that an earlier stage of the same pipeline will make. */
export interface MadeByStage {
  readonly stage: string;
  readonly kind: string;
}

/** What the pickers of the form need to know about the rest of it. */
export interface PickContext {
  /** The recipe whose fields are shown. */
  readonly recipe: string;
  readonly made: readonly MadeByStage[];
}

export const PICK_CONTEXT: InjectionKey<Readonly<Ref<PickContext>>> = Symbol('pick context');
