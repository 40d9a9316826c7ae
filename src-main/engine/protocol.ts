import { z } from 'zod';
import { pauseCauseSchema } from '#contract/api/runs/run-doctor.ts';
import {
  artifactSchema,
  changeSchema,
  checkpointSchema,
  detailSchema,
  inputSchema,
  keelErrorSchema,
  levelSchema,
  pointSchema,
  progressSchema,
  sampleRowSchema,
} from '#contract/api/runs/run-records.ts';
import { benchmarkTaskSchema } from '#contract/benchmarks/task-file.ts';
import type { KeelErrorShape } from '#contract/errors.ts';
import { EXPORT_DTYPES } from '#contract/export-dtypes.ts';
import { GGUF_EXPORT_TYPES } from '#contract/gguf-types.ts';

/**
 * Messages between the host and the engine process over the channel of `child_process` (serialization `advanced`). Both
 * ends parse every message. The engine opens no database and no socket, and exits when the channel closes.
 */

/** How the engine computes; chosen by a probe when a run first starts, recorded, and passed back on every resume. */
export const engineSettingsSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));
export type EngineSettings = z.infer<typeof engineSettingsSchema>;

const folder = z.string().min(1);
/** Input of a short job: a JSON Lines file, or the rows themselves. */
const jobInput = z.union([z.object({ file: z.string().min(1) }), z.object({ rows: z.array(z.unknown()) })]);

/** A group of workers that computes a run's models; who starts the engine starts it, and makes the pipes to it. */
const workersSchema = z.object({
  count: z.int().positive(),
  /** Where the group makes its pipes: `to-workers-1` and `from-workers-1`, and 2 after the first restart. */
  folder,
  /** How often a lost group may be replaced. */
  restarts: z.int().nonnegative().default(0),
});
export type Workers = z.infer<typeof workersSchema>;

const runJob = z.object({
  kind: z.literal('run'),
  runId: z.string(),
  recipe: z.string(),
  /** The resolved config, with every default written out. The engine parses it again with the recipe's schema. */
  config: detailSchema,
  runFolder: folder,
  /** Checkpoint folder to resume from, or null. */
  resumeFrom: folder.nullable(),
  /** All manual changes of the run so far; they are applied again at their steps. */
  changes: z.array(changeSchema),
  /** Folders of the references in the config: `run:<id>/policy` → folder. */
  locations: z.record(z.string(), folder),
  /** Settings recorded when the run first started, or null on the first start. */
  settings: engineSettingsSchema.nullable(),
  /** Whether the run passes a pause of the doctor at which it was stopped. */
  goesOn: z.boolean().default(false),
  /** Without it, this process computes everything itself. */
  workers: workersSchema.nullish(),
});

/** Whether special tokens that the input spells out stay text or are read as tokens. */
const specialTokens = z.enum(['text', 'parse']).default('text');
/** Keeps the model for further jobs of this process, which must have the same model or, beside others, the same base. */
const keeps = z.boolean().default(false);
const scoreJob = z.object({ kind: z.literal('score'), model: folder, input: jobInput, specialTokens, keeps });
const rewardJob = z.object({ kind: z.literal('reward'), model: folder, input: jobInput, specialTokens, keeps });
const generateJob = z.object({
  kind: z.literal('generate'),
  model: folder,
  /** Checkpoint folder whose policy replaces the folder's weights, or null. */
  checkpoint: folder.nullable().default(null),
  input: jobInput,
  specialTokens,
  maxNewTokens: z.int().positive(),
  temperature: z.number().nonnegative(),
  topK: z.int().nonnegative().default(0),
  topP: z.number().positive().max(1).default(1),
  stop: z.array(z.string()).default([]),
  seed: z.int().nonnegative(),
  keeps,
  /** A kept model shares its base with others: an adapter is not merged into it. */
  besideBase: z.boolean().default(false),
  /** Reports new tokens each time this many are available; 0 reports whole responses only. */
  partTokens: z.int().nonnegative().default(0),
});
/** Evaluates a language model on a task in the layout of lm-evaluation-harness. */
const evaluateJob = z.object({
  kind: z.literal('evaluate'),
  model: folder,
  task: benchmarkTaskSchema,
  /** File of the questions. */
  data: z.string().min(1),
  /** Number of questions from the first on; null for all. */
  limit: z.int().positive().nullable().default(null),
});
/** Reports on a dataset: counts, lengths, bad rows, and what the trainer will see. */
const checkJob = z.object({ kind: z.literal('check'), file: z.string().min(1), options: detailSchema });
/** Reports on the data of a config as a run would use them. `config` is a resolved file. */
const checkConfigJob = z.object({
  kind: z.literal('check_config'),
  config: detailSchema,
  locations: z.record(z.string(), folder),
  /** Number of rows of each file shown as tokens. */
  examples: z.int().nonnegative(),
});
/** Shows rows of a dataset as stored and as the trainer will see them, starting at an index or a line. */
const datasetRowsJob = z.object({
  kind: z.literal('dataset_rows'),
  file: z.string().min(1),
  options: detailSchema,
  from: z.union([z.object({ index: z.int().nonnegative() }), z.object({ line: z.int().positive() })]),
  count: z.int().positive(),
});
/** Writes a dataset with rows changed or left out to a new JSON Lines file; rows are counted from 0, bad ones included. */
const datasetChangeJob = z.object({
  kind: z.literal('dataset_change'),
  file: z.string().min(1),
  out: z.string().min(1),
  options: detailSchema,
  edits: z.array(z.object({ index: z.int().nonnegative(), fields: z.record(z.string(), z.string()) })),
  excluded: z.array(z.int().nonnegative()),
  excludesUnusable: z.boolean(),
});
/**
 * Writes an artifact as a Hugging Face folder or as a GGUF file, reopens it and compares. `record` is the content of the model card. With
 * a checkpoint, its weights replace those of the source; `head` is a head that the source does not have.
 */
const exportJob = z.object({
  kind: z.literal('export'),
  format: z.enum(['hf', 'gguf', 'gguf-lora']),
  /** Type of a GGUF file's tensors. */
  type: z.enum(GGUF_EXPORT_TYPES).default('F16'),
  /** Type of a Hugging Face folder's tensors. */
  dtype: z.enum(EXPORT_DTYPES).default('float32'),
  what: z.enum(['policy', 'critic', 'reward_model']),
  source: folder,
  checkpoint: folder.nullable().default(null),
  head: z.enum(['score', 'value', 'linear']).nullable().default(null),
  out: folder,
  force: z.boolean().default(false),
  /** Whether weights may be NaN or infinite. */
  allowNonFinite: z.boolean().default(false),
  record: detailSchema,
});
/** Adds an adapter to its base's weights and writes the model as a Hugging Face folder. */
const mergeJob = z.object({
  kind: z.literal('merge'),
  adapter: folder,
  out: folder,
  dtype: z.enum(EXPORT_DTYPES).default('float32'),
  force: z.boolean().default(false),
  record: detailSchema,
});
const modelInitJob = z.object({ kind: z.literal('model_init'), out: folder, options: detailSchema });
/** `strict` rejects a folder that no run could use and lists all of its problems. */
const modelInspectJob = z.object({
  kind: z.literal('model_inspect'),
  model: folder,
  strict: z.boolean().default(false),
});
/** Compares two models tensor by tensor. */
const modelDiffJob = z.object({ kind: z.literal('model_diff'), a: folder, b: folder });
/** Measures the first steps of a recipe; writes only below `scratch` and `standIn`. `config` is a resolved file. */
const preflightJob = z.object({
  kind: z.literal('preflight'),
  config: detailSchema,
  size: z.object({
    batch: z.int().positive().nullable(),
    chunk: z.int().positive().nullable(),
    microBatch: z.int().positive().nullable(),
  }),
  /** True: times several iterations, an evaluation and a checkpoint. False: runs one iteration to measure memory. */
  isWhole: z.boolean(),
  /** Responses of a collection and prompts of an evaluation, at most. */
  most: z.object({ collected: z.int().positive(), evaluated: z.int().positive() }),
  writesCheckpoint: z.boolean(),
  scratch: folder,
  /** Where a later stage of a pipeline finds a model of the size that this stage will produce; null for none. */
  standIn: folder.nullable(),
  locations: z.record(z.string(), folder),
});
/** Checks configs before runs are made of them; `config` is a resolved file. Writes nothing. */
const admissionJob = z.object({
  kind: z.literal('admission'),
  parts: z.array(
    z.object({
      /** What comes before the paths of this config's fields: `stages.sft.`; empty for a config of one recipe. */
      at: z.string(),
      /** Name of the pipeline stage, or null. */
      stage: z.string().nullable(),
      config: detailSchema,
      /** Folders of the references in the config that exist by now. */
      locations: z.record(z.string(), folder),
      /** Folder of the run to resume, or null. */
      runFolder: folder.nullable(),
    }),
  ),
  /** Time for reading data; what is left then is checked by the run. */
  seconds: z.number().positive(),
});
/** Samples and scores several responses of the policy that a run starts from. `config` is a resolved file of an online recipe. */
const sampleStartJob = z.object({
  kind: z.literal('sample_start'),
  config: detailSchema,
  /** Responses per prompt. */
  samples: z.int().positive(),
  scratch: folder,
  locations: z.record(z.string(), folder),
});
const benchJob = z.object({ kind: z.literal('bench'), options: detailSchema });

export const jobSchema = z.discriminatedUnion('kind', [
  runJob,
  scoreJob,
  rewardJob,
  generateJob,
  evaluateJob,
  checkJob,
  checkConfigJob,
  datasetRowsJob,
  datasetChangeJob,
  exportJob,
  mergeJob,
  modelInitJob,
  modelInspectJob,
  modelDiffJob,
  benchJob,
  preflightJob,
  admissionJob,
  sampleStartJob,
]);
export type Job = z.infer<typeof jobSchema>;
/** A job as a caller may write it, with defaults omitted. */
export type JobRequest = z.input<typeof jobSchema>;
export type JobOf<Kind extends Job['kind']> = Extract<Job, { kind: Kind }>;

export const commandSchema = z.discriminatedUnion('kind', [
  /** Sent after `ready`; if the process stays, again after each last event. */
  z.object({ kind: z.literal('start'), job: jobSchema, stays: z.boolean().optional() }),
  z.object({ kind: z.literal('pause') }),
  z.object({ kind: z.literal('resume') }),
  /** Ends the job at the next boundary; the engine answers with `stopped`, then the process exits. */
  z.object({
    kind: z.literal('stop'),
    checkpoint: z.boolean(),
    /** True: waits if the disk has no room for the checkpoint. False: stops without one. */
    waits: z.boolean().optional(),
  }),
  /** Writes a checkpoint at the next boundary. */
  z.object({ kind: z.literal('checkpoint') }),
  /** Changes a config value from the next step on; the engine answers with `changed`. */
  z.object({ kind: z.literal('set'), path: z.string().min(1), value: z.number() }),
]);
export type EngineCommand = z.infer<typeof commandSchema>;

/** Counts up from 1 in each process; the host reports a gap as a bug in Keel. */
const sequenced = { sequence: z.int().positive() };
const step = z.int().nonnegative();

export const engineEventSchema = z.discriminatedUnion('kind', [
  /** First event: the process is running and the library is loaded. */
  z.object({ ...sequenced, kind: z.literal('ready'), device: detailSchema, settings: engineSettingsSchema }),
  z.object({ ...sequenced, kind: z.literal('log'), level: levelSchema, text: z.string() }),
  z.object({ ...sequenced, kind: z.literal('progress'), progress: progressSchema }),
  z.object({ ...sequenced, kind: z.literal('metrics'), step, points: z.array(pointSchema) }),
  z.object({ ...sequenced, kind: z.literal('samples'), step, rows: z.array(sampleRowSchema) }),
  z.object({ ...sequenced, kind: z.literal('checkpoint'), checkpoint: checkpointSchema }),
  /** A manual change is in force; sent before the metrics of its step. */
  z.object({ ...sequenced, kind: z.literal('changed'), change: changeSchema }),
  z.object({ ...sequenced, kind: z.literal('paused'), step, cause: pauseCauseSchema.nullable().default(null) }),
  z.object({ ...sequenced, kind: z.literal('resumed'), step }),
  /** A notable event: a warning, a skipped update, a halved micro-batch, the result of a probe. */
  z.object({
    ...sequenced,
    kind: z.literal('event'),
    name: z.string(),
    step,
    level: levelSchema,
    detail: detailSchema,
  }),
  /**
   * Status of the network guard: the number of blocked attempts so far, the last attempt, and the number of internet
   * sockets that the process holds open (null where the system does not report it). Sent at the start, at each attempt
   * and at the end.
   */
  z.object({
    ...sequenced,
    kind: z.literal('network'),
    calls: z.int().nonnegative(),
    last: z.object({ api: z.string(), target: z.string() }).nullable(),
    openSockets: z.int().nonnegative().nullable(),
  }),
  z.object({ ...sequenced, kind: z.literal('artifact'), artifact: artifactSchema }),
  z.object({ ...sequenced, kind: z.literal('input'), input: inputSchema }),
  /** Result rows of a short job, in the order of its input. */
  z.object({ ...sequenced, kind: z.literal('rows'), rows: z.array(z.unknown()) }),
  /** Last event of a run that completed. */
  z.object({ ...sequenced, kind: z.literal('summary'), summary: detailSchema }),
  /** Last event of a short job that completed. */
  z.object({ ...sequenced, kind: z.literal('result'), result: z.unknown() }),
  /** Last event of a job that was stopped; `step` is the step of its newest checkpoint, null without one. */
  z.object({ ...sequenced, kind: z.literal('stopped'), step: step.nullable() }),
  /** Last event of a job that failed. `stack` is set for bugs only and goes to the log file. */
  z.object({ ...sequenced, kind: z.literal('failed'), error: keelErrorSchema, stack: z.string().optional() }),
]);
export type EngineEvent = z.infer<typeof engineEventSchema>;
type WithoutSequence<Event> = Event extends unknown ? Omit<Event, 'sequence'> : never;
/** An event before it is numbered. */
export type EngineReport = WithoutSequence<z.input<typeof engineEventSchema>>;

/** Events after which an engine sends nothing more and exits with code 0, unless it was started to stay. */
export const LAST_EVENTS: ReadonlySet<EngineEvent['kind']> = new Set(['summary', 'result', 'stopped', 'failed']);

/** An engine process as the host sees it, however it was spawned. */
export interface EngineProcess {
  send(command: EngineCommand): void;
  /** Passes on every parsed event, then one `exit` when the process has ended. */
  onEvent(listener: (event: EngineEvent | EngineExit) => void): void;
  /** SIGKILL. */
  kill(): void;
}

export interface EngineExit {
  readonly kind: 'exit';
  readonly code: number | null;
  readonly signal: string | null;
  /** The last lines of the process's standard error. */
  readonly stderr: string;
  /** What was wrong with an unreadable message for which the process was ended; null for none. */
  readonly unreadable: string | null;
  /** Why an engine on another machine was lost; absent for a process of this machine. */
  readonly lost?: KeelErrorShape;
}
