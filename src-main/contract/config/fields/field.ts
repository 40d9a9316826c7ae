import { z } from 'zod';

/** What a person is told of one field of a config; the form, the flags' help and docs/config.md are made of it. */
export interface FieldNotes {
  /** One sentence. */
  readonly description: string;
  readonly unit?: string;
  /** The letter that papers write for it. */
  readonly symbol?: string;
  /** Where the field itself comes from; the source of a value stands in the presets. */
  readonly source?: string;
  /** The value may change while a run goes on, from its next step; absent where only a new run can take another value. */
  readonly live?: LiveNotes;
  /** Choices that change nothing today, each with a sentence that says so. */
  readonly inert?: Readonly<Record<string, string>>;
}

/** What is particular to a field that may change during a run. Its range is that of the schema. */
export interface LiveNotes {
  /** Short name beside the control that changes it: `λ`, `learning rate`. */
  readonly label: string;
  /** A choice of the config that decides whether the method reads the value at all. */
  readonly onlyWhen?: { readonly path: string; readonly equals: string; readonly otherwise: string };
}

export const fieldNotes = z.registry<FieldNotes>();

/**
 * The schema as a field with notes of its own; every field of every recipe goes through here. The notes belong to a copy:
 * a registry knows schemas by identity, so that fields made of one schema would all have the notes of the last.
 */
export function field<Schema extends z.ZodType>(schema: Schema, notes: FieldNotes): Schema {
  const own = schema.clone(schema._zod.def) as Schema;
  fieldNotes.add(own, notes);
  return own;
}

/** A group of fields: a strict object, in which an unknown key is a fault. */
export function group<Shape extends z.core.$ZodLooseShape>(shape: Shape, description: string) {
  return field(z.strictObject(shape), { description });
}

/** Whole number from `low` to `high`. */
export const whole = (low: number, high: number) => z.int().min(low).max(high);

/** Number from `low` to `high`. */
export const real = (low: number, high: number) => z.number().min(low).max(high);

/** A path or another short text without NUL; no path of any system is longer. */
export const words = () =>
  z
    .string()
    .min(1)
    .max(4096)
    .refine((text) => !text.includes('\0'), 'holds a NUL character');
