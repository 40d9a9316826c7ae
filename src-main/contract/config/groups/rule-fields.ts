import type { z } from 'zod';
import { type FormField, formFields } from '../fields/form-fields.ts';
import { ruleSchema } from './reward.ts';

/** The fields of each rule, by its `type`. */
export function ruleFields(): ReadonlyMap<string, readonly FormField[]> {
  return new Map(
    ruleSchema.options.map((option) => {
      const type = [...option.shape.type.values][0] as string;
      return [type, formFields(option as unknown as z.ZodObject)];
    }),
  );
}
