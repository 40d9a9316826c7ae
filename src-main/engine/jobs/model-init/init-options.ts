import { z } from 'zod';
import { field } from '#contract/config/fields/field.ts';
import { modelInitPreset, modelInitSchema } from '#contract/config/groups/model-init.ts';
import { type Plain, presetValues } from '#contract/config/preset.ts';
import { configFaults } from '#contract/config/resolving/config-faults.ts';
import { type CrossCheck, crossFaults } from '#contract/config/resolving/cross-checks.ts';
import { mergePreset } from '#contract/config/resolving/merge-preset.ts';
import { KeelError } from '#contract/errors.ts';

/** Options of `keel model init`: the fields of a pipeline's first stage, and how to read the corpus. */
export const initOptionsSchema = modelInitSchema.extend({
  columns: field(z.record(z.string(), z.string()), { description: 'Corpus columns with non-standard names.' }),
  chat: field(z.boolean().nullable(), {
    description: 'ChatML turns and template; null adds them if the corpus is conversational.',
  }),
  force: field(z.boolean(), { description: 'Replace the folder if Keel wrote it and it has not been changed since.' }),
});
export type InitOptions = z.infer<typeof initOptionsSchema>;

const DEFAULTS: Plain = { ...presetValues(modelInitPreset), columns: {}, chat: null, force: false };

const checks: readonly CrossCheck[] = [
  {
    fields: ['num_heads', 'hidden_size'],
    fault: (heads: number, hidden: number) =>
      hidden % heads === 0
        ? null
        : { why: `is ${heads}, which does not divide hidden_size (${hidden})`, fix: `Use a divisor of ${hidden}.` },
  },
  {
    fields: ['num_heads', 'hidden_size', 'family'],
    fault: (heads: number, hidden: number, family: string) =>
      family === 'gpt2' || hidden % heads !== 0 || (hidden / heads) % 2 === 0
        ? null
        : { why: `results in the odd head width ${hidden / heads}; it must be even`, fix: 'Use half as many heads.' },
  },
  {
    fields: ['num_kv_heads', 'num_heads'],
    fault: (shared: number | null, heads: number) =>
      heads % (shared ?? heads) === 0
        ? null
        : { why: `is ${shared}, which does not divide num_heads (${heads})`, fix: `Use a divisor of ${heads}.` },
  },
  {
    fields: ['num_kv_heads', 'family'],
    fault: (shared: number | null, family: string) =>
      shared === null || !['gpt2', 'gpt_neox'].includes(family)
        ? null
        : { why: `is ${shared}, but ${family} has no grouped-query attention`, fix: 'Leave it out.' },
  },
];

/** Throws `model_init_options_bad` with all errors. */
export function parseInitOptions(options: Plain): InitOptions {
  const merged = mergePreset(DEFAULTS, options);
  const parsed = initOptionsSchema.safeParse(merged);
  const single = parsed.success ? [] : configFaults(parsed.error, initOptionsSchema, merged);
  const faults = [...single, ...crossFaults(checks, merged, single)];
  if (parsed.success && faults.length === 0) return parsed.data;
  throw new KeelError({
    code: 'model_init_options_bad',
    why: 'The options of the new model are not valid.',
    fix: 'See `keel model init --help`.',
    faults,
  });
}
