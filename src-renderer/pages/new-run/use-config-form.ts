import { computed, type Ref, shallowRef } from 'vue';
import type { RecipeName } from '#contract/config/index.ts';
import {
  type FormField,
  filledUp,
  followGiven,
  formFields,
  modelInitSchema,
  presetOf,
  readDraft,
  recipeOf,
  setInText,
  valueAt,
} from '#contract/config/index.ts';
import type { Fault } from '#contract/errors.ts';

/** The part of a config that a form edits: all of it, or one stage of a pipeline. */
export interface FormScope {
  readonly recipe: string;
  /** Its path in the config: empty, or `['stages', 'apa']`. */
  readonly at: readonly string[];
  readonly preset: string;
}

/** A field with everything that the form shows for it. */
export interface FieldState {
  readonly field: FormField;
  readonly path: readonly string[];
  readonly value: unknown;
  readonly presetValue: unknown;
  /** Where the preset's value comes from; null if it has no source. */
  readonly source: string | null;
  readonly isChanged: boolean;
  readonly faults: readonly Fault[];
}

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

function schemaOf(recipe: string) {
  return recipe === 'model_init' ? modelInitSchema : recipeOf(recipe as RecipeName).schema;
}

/** A form over a config's text: the text is the source of truth; the form reads and writes single values in it. */
export function useConfigForm(text: Ref<string>) {
  /** Faults of what the config refers to, which a check adds to those of its values. */
  const found = shallowRef<readonly Fault[]>([]);
  const draft = computed(() => readDraft(text.value));
  const recipe = computed(() => (draft.value.raw ? String(draft.value.raw.recipe ?? '') : null));

  function fieldStates({ recipe: name, at, preset }: FormScope): readonly FieldState[] {
    const own = (valueAt(draft.value.raw, at) ?? {}) as Record<string, unknown>;
    const { values, sources } = presetOf(name, own.preset ?? preset);
    const merged = followGiven(filledUp(values, own), own).merged;
    const adapted = followGiven(values, own).merged;
    const faults = [...draft.value.faults, ...found.value];
    return formFields(schemaOf(name)).map((field) => {
      const parts = field.path.split('.');
      const path = [...at, ...parts];
      const where = path.join('.');
      const [value, presetValue] = [valueAt(merged, parts), valueAt(adapted, parts)];
      return {
        field,
        path,
        value,
        presetValue,
        source: (sources[field.path] as string | undefined) ?? null,
        isChanged: presetValue !== undefined && !same(value, presetValue),
        faults: faults.filter((fault) => isAt(fault.where, where)),
      };
    });
  }

  const set = (path: readonly (string | number)[], value: unknown) => {
    text.value = setInText(text.value, path, value);
  };
  return { draft, found, recipe, fieldStates, set };
}

/** Whether an error belongs to a field or to something inside it. */
export function isAt(where: string, path: string): boolean {
  return where === path || where.startsWith(`${path}.`) || where.startsWith(`${path}[`) || where.startsWith(`${path},`);
}
