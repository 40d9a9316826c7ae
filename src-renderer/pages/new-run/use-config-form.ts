import { computed, type Ref } from 'vue';
import type { RecipeName } from '#contract/config/index.ts';
import {
  type FormField,
  filledUp,
  formFields,
  modelInitSchema,
  presetOf,
  readDraft,
  recipeOf,
  setInText,
  valueAt,
} from '#contract/config/index.ts';
import type { Fault } from '#contract/errors.ts';

/** A part of a config that has a form of its own: all of it, or one stage of a pipeline. */
export interface FormScope {
  readonly recipe: string;
  /** Where it stands: empty, or `['stages', 'apa']`. */
  readonly at: readonly string[];
  readonly preset: string;
}

/** A field with everything that the form shows of it. */
export interface FieldState {
  readonly field: FormField;
  readonly path: readonly string[];
  readonly value: unknown;
  readonly presetValue: unknown;
  /** Where the preset's value comes from; null where it has none. */
  readonly source: string | null;
  readonly isChanged: boolean;
  readonly faults: readonly Fault[];
}

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

function schemaOf(recipe: string) {
  return recipe === 'model_init' ? modelInitSchema : recipeOf(recipe as RecipeName).schema;
}

/** The form over a config's text: the text is what counts, the form reads and writes single values of it. */
export function useConfigForm(text: Ref<string>) {
  const draft = computed(() => readDraft(text.value));
  const recipe = computed(() => (draft.value.raw ? String(draft.value.raw.recipe ?? '') : null));

  function fieldStates({ recipe: name, at, preset }: FormScope): readonly FieldState[] {
    const own = (valueAt(draft.value.raw, at) ?? {}) as Record<string, unknown>;
    const { values, sources } = presetOf(name, own.preset ?? preset);
    const merged = filledUp(values, own);
    return formFields(schemaOf(name)).map((field) => {
      const parts = field.path.split('.');
      const path = [...at, ...parts];
      const where = path.join('.');
      const [value, presetValue] = [valueAt(merged, parts), valueAt(values, parts)];
      return {
        field,
        path,
        value,
        presetValue,
        source: (sources[field.path] as string | undefined) ?? null,
        isChanged: presetValue !== undefined && !same(value, presetValue),
        faults: draft.value.faults.filter((fault) => isAt(fault.where, where)),
      };
    });
  }

  const set = (path: readonly (string | number)[], value: unknown) => {
    text.value = setInText(text.value, path, value);
  };
  return { draft, recipe, fieldStates, set };
}

/** True for a fault of a field or of what stands inside it. */
export function isAt(where: string, path: string): boolean {
  return where === path || where.startsWith(`${path}.`) || where.startsWith(`${path}[`);
}
