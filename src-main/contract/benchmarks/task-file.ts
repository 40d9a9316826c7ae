import { z } from 'zod';
import { parseConfigText } from '../config/resolving/config-text.ts';
import { type Fault, KeelError } from '../errors.ts';

/** Keys of a task that change no score of a single task without examples in the prompt, or that only name things. */
const UNUSED = [
  ...['tag', 'group', 'task_alias', 'metadata', 'dataset_name', 'training_split', 'fewshot_split', 'fewshot_config'],
  ...['fewshot_delimiter', 'should_decontaminate', 'doc_to_decontamination_query', 'test_split', 'validation_split'],
] as const;

const metricSchema = z.strictObject({
  metric: z.enum(['acc', 'acc_norm', 'exact_match']),
  aggregation: z.literal('mean').optional(),
  higher_is_better: z.literal(true).optional(),
  ignore_case: z.boolean().default(false),
  ignore_punctuation: z.boolean().default(false),
  ignore_numbers: z.boolean().default(false),
});

const generationSchema = z.strictObject({
  until: z.union([z.string(), z.array(z.string())]).default([]),
  max_gen_toks: z.int().positive().default(256),
  do_sample: z.literal(false).optional(),
  temperature: z.literal(0).optional(),
});

const taskSchema = z
  .strictObject({
    task: z.string().min(1),
    dataset_path: z.enum(['json', 'csv', 'parquet']),
    dataset_kwargs: z.strictObject({
      data_files: z.union([z.string(), z.record(z.string(), z.union([z.string(), z.array(z.string()).length(1)]))]),
    }),
    output_type: z.enum(['multiple_choice', 'generate_until']),
    description: z.string().default(''),
    doc_to_text: z.string(),
    doc_to_target: z.union([z.string(), z.int()]),
    doc_to_choice: z
      .union([z.string(), z.array(z.string()), z.record(z.string(), z.string())])
      .nullable()
      .default(null),
    target_delimiter: z.string().default(' '),
    num_fewshot: z.literal(0).default(0),
    repeats: z.literal(1).default(1),
    generation_kwargs: generationSchema.default({ until: ['\n\n'], max_gen_toks: 256 }),
    metric_list: z.array(metricSchema).min(1),
    ...Object.fromEntries(UNUSED.map((key) => [key, z.unknown().optional()])),
  })
  .check(({ value, issues }) => {
    const [isChoice, wanted] = [value.output_type === 'multiple_choice', ['acc', 'acc_norm']];
    for (const [index, { metric }] of value.metric_list.entries()) {
      if (wanted.includes(metric) === isChoice) continue;
      const message = `${metric} is not a metric of ${value.output_type} tasks here`;
      issues.push({ code: 'custom', path: ['metric_list', index], message, input: metric });
    }
    if (isChoice && value.doc_to_choice === null)
      issues.push({ code: 'custom', path: ['doc_to_choice'], message: 'is missing', input: null });
  });

const taskMetricSchema = z.object({
  metric: z.enum(['acc', 'acc_norm', 'exact_match']),
  ignoreCase: z.boolean(),
  ignorePunctuation: z.boolean(),
  ignoreNumbers: z.boolean(),
});
/** How a metric compares an answer with the right one. */
export type TaskMetric = z.infer<typeof taskMetricSchema>;

/** A task in the layout of lm-evaluation-harness, as far as Keel evaluates it. Templates are Jinja, or name a column. */
export const benchmarkTaskSchema = z.object({
  name: z.string().min(1),
  outputType: z.enum(['multiple_choice', 'generate_until']),
  description: z.string(),
  docToText: z.string(),
  docToTarget: z.union([z.string(), z.int()]),
  docToChoice: z.union([z.string(), z.array(z.string())]).nullable(),
  targetDelimiter: z.string(),
  until: z.array(z.string()),
  maxGenToks: z.int().positive(),
  metrics: z.array(taskMetricSchema),
});
export type BenchmarkTask = z.infer<typeof benchmarkTaskSchema>;

export interface TaskFile {
  readonly task: BenchmarkTask;
  /** Path of the data as the file gives it. */
  readonly dataFile: string;
}

function unusable(file: string, faults: readonly Fault[]): KeelError {
  return new KeelError({
    code: 'task_unusable',
    why: `${file} is not a task that Keel can evaluate: ${faults[0]!.where} ${faults[0]!.why}.`,
    fix: 'Use a multiple_choice or generate_until task on a local file, without examples in the prompt, filters, or Python code.',
    faults,
  });
}

/** The file of the split that is evaluated: the test split, otherwise the validation split, otherwise the only file. */
function splitFile(files: string | Readonly<Record<string, string | readonly string[]>>, splits: readonly unknown[]) {
  if (typeof files === 'string') return files;
  const names = [...splits, ...Object.keys(files)].filter((name): name is string => typeof name === 'string');
  const [name] = names.filter((one) => Object.hasOwn(files, one));
  return name === undefined ? null : [files[name]!].flat()[0]!;
}

/**
 * Reads a task of lm-evaluation-harness. Throws `config_unreadable`, and `task_unusable` with every key that Keel does not
 * evaluate as the harness does.
 * @param file name of the file, used only in messages.
 */
export function readTask(text: string, file: string): TaskFile {
  // A tag such as !function stands for Python code, and a parser that does not know it would read a plain string.
  const code = text.split('\n').findIndex((line) => /:\s*!function\b/.test(line));
  if (code >= 0) throw unusable(file, [{ where: `line ${code + 1}`, why: 'calls Python code (!function)' }]);
  const parsed = taskSchema.safeParse(parseConfigText(text, file));
  if (!parsed.success) {
    const faults = parsed.error.issues.flatMap((issue): Fault[] => {
      if (issue.code !== 'unrecognized_keys') return [{ where: issue.path.join('.'), why: issue.message }];
      return issue.keys.map((key) => ({ where: [...issue.path, key].join('.'), why: 'is not supported' }));
    });
    throw unusable(file, faults);
  }
  const { data } = parsed;
  const splits = data as { readonly test_split?: unknown; readonly validation_split?: unknown };
  const dataFile = splitFile(data.dataset_kwargs.data_files, [splits.test_split, splits.validation_split]);
  if (dataFile === null) throw unusable(file, [{ where: 'dataset_kwargs.data_files', why: 'names no file' }]);
  const { until, max_gen_toks: maxGenToks } = data.generation_kwargs;
  const choices = data.doc_to_choice;
  return {
    dataFile,
    task: {
      name: data.task,
      outputType: data.output_type,
      description: data.description,
      docToText: data.doc_to_text,
      docToTarget: data.doc_to_target,
      docToChoice: typeof choices === 'object' && choices !== null ? Object.values(choices) : choices,
      targetDelimiter: data.target_delimiter,
      until: [until].flat(),
      maxGenToks,
      metrics: data.metric_list.map((one) => ({
        metric: one.metric,
        ignoreCase: one.ignore_case,
        ignorePunctuation: one.ignore_punctuation,
        ignoreNumbers: one.ignore_numbers,
      })),
    },
  };
}
