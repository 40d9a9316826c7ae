import { z } from 'zod';
import { KeelError } from '#contract/errors.ts';
import { checkDataset } from '../dataset/check-dataset.ts';
import type { JobOf } from '../protocol.ts';
import { loadTokenizer } from '../tokenizer/load-tokenizer.ts';
import { recordRows } from '../tokenizer/record-rows.ts';
import type { JobContext } from './job-context.ts';

const optionsSchema = z.strictObject({
  /** Name in the file of each column that is called differently there. */
  columns: z.record(z.string(), z.string()).default({}),
  /** Model folder whose tokenizer shows the tokens; none are counted without it. */
  model: z.string().min(1).optional(),
  max_length: z.int().positive().optional(),
  truncation_side: z.enum(['left', 'right']).default('left'),
  train_on: z.enum(['assistant', 'completion', 'all']).optional(),
  /** Rows shown as tokens. */
  examples: z.int().nonnegative().default(3),
});
type CheckOptions = z.infer<typeof optionsSchema>;

function parseOptions(options: unknown): CheckOptions {
  const parsed = optionsSchema.safeParse(options);
  if (parsed.success) return parsed.data;
  throw new KeelError({
    code: 'check_options_bad',
    why: 'The options of the dataset check cannot be used.',
    fix: 'See `keel dataset check --help`.',
    faults: parsed.error.issues.map((issue) => ({ where: issue.path.join('.') || 'options', why: issue.message })),
  });
}

function tokensOf(options: CheckOptions) {
  const { model, max_length: maxLength, truncation_side: truncationSide, train_on: trainOn } = options;
  if (!model) return {};
  const tokenizer = loadTokenizer(model);
  const maker = recordRows(tokenizer, { truncationSide, ...(maxLength && { maxLength }), ...(trainOn && { trainOn }) });
  return { tokens: { maker, vocabSize: tokenizer.vocabSize, maxLength: maxLength ?? null } };
}

/** Tells what a dataset holds and what the trainer will see of it. */
export async function check(job: JobOf<'check'>, { control, tell }: JobContext): Promise<void> {
  const options = parseOptions(job.options);
  const abort = new AbortController();
  const onProgress = ({ rows, bytesRead, bytes }: { rows: number; bytesRead: number; bytes: number }) => {
    tell({ kind: 'progress', progress: { phase: 'check', done: bytesRead, total: bytes, unit: 'byte' } });
    void control.boundary(rows).then(({ stop }) => stop && abort.abort());
  };
  try {
    const report = await checkDataset(job.file, {
      columns: options.columns,
      examples: options.examples,
      trainsOnAll: options.train_on === 'all',
      signal: abort.signal,
      onProgress,
      ...tokensOf(options),
    });
    tell({ kind: 'result', result: report });
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    tell({ kind: 'stopped', step: null });
  }
}
