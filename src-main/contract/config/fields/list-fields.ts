import { z } from 'zod';
import { type FieldNotes, fieldNotes } from './field.ts';

/** One leaf field of a schema. */
export interface ListedField extends FieldNotes {
  /** `optimizer.learning_rate` */
  readonly path: string;
  /** In words: `number, 0 to 1`, `one of "left", "right"`. */
  readonly type: string;
}

interface JsonSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: JsonSchema;
}

function rangeWords({ minimum, maximum }: JsonSchema): string {
  return minimum === undefined || maximum === undefined ? '' : `, ${minimum} to ${maximum}`;
}

function typeWords(schema: JsonSchema): string {
  const options = schema.anyOf ?? schema.oneOf;
  if (options) return options.map(typeWords).join(' or ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return `one of ${schema.enum.map((item) => JSON.stringify(item)).join(', ')}`;
  if (schema.type === 'integer') return `whole number${rangeWords(schema)}`;
  if (schema.type === 'number') return `number${rangeWords(schema)}`;
  if (schema.type === 'array') return `list of ${typeWords(schema.items ?? {})}`;
  return { string: 'text', boolean: 'true or false', null: 'null' }[schema.type ?? ''] ?? 'group';
}

/** Returns the object schema inside optional, nullable, and default wrappers, or null if there is none. */
export function objectOf(schema: z.core.$ZodType): z.ZodObject | null {
  if (schema instanceof z.ZodObject) return schema;
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    return objectOf(schema.unwrap());
  }
  return null;
}

/** Every leaf of a schema, in schema order. Throws for a field without notes. */
export function listFields(schema: z.ZodObject, at = ''): readonly ListedField[] {
  return Object.entries(schema.shape).flatMap(([key, child]) => {
    const path = at ? `${at}.${key}` : key;
    const notes = fieldNotes.get(child);
    if (!notes?.description) throw new Error(`${path} has no description.`);
    const inner = objectOf(child);
    if (inner) return listFields(inner, path);
    return [{ path, ...notes, type: typeWords(z.toJSONSchema(child, { io: 'input' }) as JsonSchema) }];
  });
}
