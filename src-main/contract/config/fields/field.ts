import { z } from 'zod';

/** The documentation of one config field; the form, the help of flags, and docs/config.md are generated from it. */
export interface FieldNotes {
  /** What the field does, in one or two sentences. */
  readonly description: string;
  readonly unit?: string;
  /** The symbol that papers use for it. */
  readonly symbol?: string;
  /** Where the field itself comes from; the sources of its values are in the presets. */
  readonly source?: string;
  /** Set if the value can be changed during a run, from its next step on; absent if a new value needs a new run. */
  readonly live?: LiveNotes;
  /** Choices that currently have no effect, each with a sentence that says so. */
  readonly inert?: Readonly<Record<string, string>>;
  /** Another field of the config on whose value that depends; always, if absent. */
  readonly inertWhen?: { readonly path: string; readonly equals: string };
}

/** Notes on a field that can be changed during a run. Its range is the schema's. */
export interface LiveNotes {
  /** Short label of the control that changes it: `λ`, `learning rate`. */
  readonly label: string;
  /** Another config field that determines whether the method uses the value at all. */
  readonly onlyWhen?: { readonly path: string; readonly equals: string; readonly otherwise: string };
}

export const fieldNotes = z.registry<FieldNotes>();

/**
 * Registers notes for a schema; every field of every recipe is defined this way. The notes belong to a copy of the
 * schema: a registry tells schemas apart by identity, so fields that share one schema would all get the notes of the
 * last one.
 */
export function field<Schema extends z.ZodType>(schema: Schema, notes: FieldNotes): Schema {
  const own = schema.clone(schema._zod.def) as Schema;
  fieldNotes.add(own, notes);
  return own;
}

/** A group of fields: a strict object, in which unknown keys are errors. */
export function group<Shape extends z.core.$ZodLooseShape>(shape: Shape, description: string) {
  return field(z.strictObject(shape), { description });
}

/** Whole number from `low` to `high`. */
export const whole = (low: number, high: number) => z.int().min(low).max(high);

/** Number from `low` to `high`. */
export const real = (low: number, high: number) => z.number().min(low).max(high);

/** A path or another short text without NUL; no operating system allows longer paths. */
export const words = () =>
  z
    .string()
    .min(1)
    .max(4096)
    .refine((text) => !text.includes('\0'), 'contains a NUL character');
