import { z } from 'zod';
import { type FieldNotes, fieldNotes } from './field.ts';
import { objectOf } from './list-fields.ts';

/** The kind of input that a form shows for a field. `value` is anything else, entered as YAML. */
export type FieldKind = 'number' | 'whole' | 'text' | 'switch' | 'choice' | 'texts' | 'reward' | 'value';

/** One leaf field of a config, as a form shows it. */
export interface FormField extends FieldNotes {
  /** `optimizer.learning_rate` */
  readonly path: string;
  readonly kind: FieldKind;
  /** Whether null is allowed, with a meaning of its own, such as "no limit". */
  readonly isNullable: boolean;
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly choices: readonly string[];
}

interface Unwrapped {
  readonly schema: z.core.$ZodType;
  readonly isNullable: boolean;
}

/** Removes optional, nullable, and default wrappers. */
function unwrap(schema: z.core.$ZodType, isNullable = false): Unwrapped {
  if (schema instanceof z.ZodNullable) return unwrap(schema.unwrap(), true);
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return unwrap(schema.unwrap(), isNullable);
  return { schema, isNullable };
}

function isReward(schema: z.core.$ZodType): boolean {
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return false;
  return schema.options.some((option) => objectOf(option as z.ZodType)?.shape.rules !== undefined);
}

function kindOf(schema: z.core.$ZodType): FieldKind {
  if (schema instanceof z.ZodNumber) return schema.format === 'safeint' ? 'whole' : 'number';
  if (schema instanceof z.ZodString) return 'text';
  if (schema instanceof z.ZodBoolean) return 'switch';
  if (schema instanceof z.ZodEnum) return 'choice';
  if (schema instanceof z.ZodArray) return kindOf(schema.element) === 'text' ? 'texts' : 'value';
  return isReward(schema) ? 'reward' : 'value';
}

function fieldOf(path: string, child: z.core.$ZodType): FormField {
  const { schema, isNullable } = unwrap(child);
  const notes = fieldNotes.get(child);
  if (!notes?.description) throw new Error(`${path} has no description.`);
  const bounds = schema instanceof z.ZodNumber ? schema : null;
  return {
    path,
    ...notes,
    kind: kindOf(schema),
    isNullable,
    minimum: bounds?.minValue ?? null,
    maximum: bounds?.maxValue ?? null,
    choices: schema instanceof z.ZodEnum ? schema.options.map(String) : [],
  };
}

/** Every leaf of a schema that the user can set, in schema order; fixed values are left out. */
export function formFields(schema: z.ZodObject, at = ''): readonly FormField[] {
  return Object.entries(schema.shape).flatMap(([key, child]) => {
    const path = at ? `${at}.${key}` : key;
    const inner = objectOf(child as z.ZodType);
    if (inner) return formFields(inner, path);
    if (unwrap(child as z.ZodType).schema instanceof z.ZodLiteral) return [];
    return [fieldOf(path, child as z.ZodType)];
  });
}
