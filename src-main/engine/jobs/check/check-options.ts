import { z } from 'zod';
import { KeelError } from '#contract/errors.ts';
import { loadTokenizer } from '../../tokenizer/files/load-tokenizer.ts';
import { recordRows } from '../../tokenizer/rows/record-rows.ts';
import { readingSpecials } from '../../tokenizer/special-text.ts';

const optionsSchema = z.strictObject({
  /** Names in the file of columns that are named differently there. */
  columns: z.record(z.string(), z.string()).default({}),
  /** Model folder whose tokenizer shows the tokens; without it, no tokens are counted. */
  model: z.string().min(1).optional(),
  max_length: z.int().positive().optional(),
  truncation_side: z.enum(['left', 'right']).default('left'),
  train_on: z.enum(['assistant', 'completion', 'all']).optional(),
  special_tokens: z.enum(['text', 'parse']).default('text'),
  /** Number of rows shown as tokens. */
  examples: z.int().nonnegative().default(3),
});
export type CheckOptions = z.infer<typeof optionsSchema>;

/** Throws `check_options_bad` with all errors. */
export function parseCheckOptions(options: unknown): CheckOptions {
  const parsed = optionsSchema.safeParse(options);
  if (parsed.success) return parsed.data;
  throw new KeelError({
    code: 'check_options_bad',
    why: 'The options of the dataset check are not valid.',
    fix: 'See `keel dataset check --help`.',
    faults: parsed.error.issues.map((issue) => ({ where: issue.path.join('.') || 'options', why: issue.message })),
  });
}

/** The maker of token rows for the options; nothing without a model. */
export function tokensOf(options: CheckOptions) {
  const { model, max_length: maxLength, truncation_side: truncationSide, train_on: trainOn } = options;
  if (!model) return {};
  const tokenizer = readingSpecials(loadTokenizer(model), options.special_tokens);
  const maker = recordRows(tokenizer, { truncationSide, ...(maxLength && { maxLength }), ...(trainOn && { trainOn }) });
  return { tokens: { maker, vocabSize: tokenizer.vocabSize, maxLength: maxLength ?? null } };
}
