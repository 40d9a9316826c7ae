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

/**
 * What host and engine process say to each other over the channel of `child_process` (serialization `advanced`). Both
 * ends parse every message. The engine opens no database and no socket, and exits when the channel closes.
 */

/** How the engine computes; chosen by probe at a run's first start, recorded, and given back on every resume. */
export const engineSettingsSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));
export type EngineSettings = z.infer<typeof engineSettingsSchema>;

const folder = z.string().min(1);
/** Input of a short job: a file of JSON lines, or the rows themselves. */
const jobInput = z.union([z.object({ file: z.string().min(1) }), z.object({ rows: z.array(z.unknown()) })]);

const runJob = z.object({
  kind: z.literal('run'),
  runId: z.string(),
  recipe: z.string(),
  /** As resolved: every default written out. The engine parses it again by the recipe's schema. */
  config: detailSchema,
  runFolder: folder,
  /** Checkpoint folder to go on from, or null. */
  resumeFrom: folder.nullable(),
  /** Every change by hand of the run so far; they are applied again at their steps. */
  changes: z.array(changeSchema),
  /** Folders of the references in the config: `run:<id>/policy` → folder. */
  locations: z.record(z.string(), folder),
  /** Settings of the run's first start, or null at the first start. */
  settings: engineSettingsSchema.nullable(),
});

const scoreJob = z.object({ kind: z.literal('score'), model: folder, input: jobInput });
const rewardJob = z.object({ kind: z.literal('reward'), model: folder, input: jobInput });
const generateJob = z.object({
  kind: z.literal('generate'),
  model: folder,
  /** Checkpoint folder whose policy takes the place of the folder's weights, or null. */
  checkpoint: folder.nullable().default(null),
  input: jobInput,
  maxNewTokens: z.int().positive(),
  temperature: z.number().nonnegative(),
  topK: z.int().nonnegative().default(0),
  topP: z.number().positive().max(1).default(1),
  stop: z.array(z.string()).default([]),
  seed: z.int().nonnegative(),
  /** Tell of new tokens every so many; 0 tells of whole answers only. */
  partTokens: z.int().nonnegative().default(0),
});
/** Tells of a dataset: counts, lengths, bad rows, what the trainer will see. */
const checkJob = z.object({ kind: z.literal('check'), file: z.string().min(1), options: detailSchema });
/** Shows rows of a dataset as they stand and as the trainer will see them, from an index or a line on. */
const datasetRowsJob = z.object({
  kind: z.literal('dataset_rows'),
  file: z.string().min(1),
  options: detailSchema,
  from: z.union([z.object({ index: z.int().nonnegative() }), z.object({ line: z.int().positive() })]),
  count: z.int().positive(),
});
/**
 * Writes an artifact as a Hugging Face folder, opens it again and compares. `record` is what the card tells. With a
 * checkpoint its weights take the place of the source's; `head` is what the source then lacks.
 */
const exportJob = z.object({
  kind: z.literal('export'),
  format: z.literal('hf'),
  what: z.enum(['policy', 'critic', 'reward_model']),
  source: folder,
  checkpoint: folder.nullable().default(null),
  head: z.enum(['score', 'value', 'linear']).nullable().default(null),
  out: folder,
  force: z.boolean().default(false),
  record: detailSchema,
});
const modelInitJob = z.object({ kind: z.literal('model_init'), out: folder, options: detailSchema });
/** `strict` refuses a folder that no run could use, with all of its faults. */
const modelInspectJob = z.object({
  kind: z.literal('model_inspect'),
  model: folder,
  strict: z.boolean().default(false),
});
/** Measures the first steps of a recipe; writes below `scratch` and `standIn` only. `config` is a resolved file. */
const preflightJob = z.object({
  kind: z.literal('preflight'),
  config: detailSchema,
  size: z.object({
    batch: z.int().positive().nullable(),
    chunk: z.int().positive().nullable(),
    microBatch: z.int().positive().nullable(),
  }),
  /** Times several iterations, an evaluation and a checkpoint; else one iteration for its memory. */
  isWhole: z.boolean(),
  writesCheckpoint: z.boolean(),
  scratch: folder,
  /** Where a later stage of a pipeline finds a model of the size that this stage will make; null for none. */
  standIn: folder.nullable(),
  locations: z.record(z.string(), folder),
});
const benchJob = z.object({ kind: z.literal('bench'), options: detailSchema });

export const jobSchema = z.discriminatedUnion('kind', [
  runJob,
  scoreJob,
  rewardJob,
  generateJob,
  checkJob,
  datasetRowsJob,
  exportJob,
  modelInitJob,
  modelInspectJob,
  benchJob,
  preflightJob,
]);
export type Job = z.infer<typeof jobSchema>;
/** A job as a caller may write it, defaults left out. */
export type JobRequest = z.input<typeof jobSchema>;
export type JobOf<Kind extends Job['kind']> = Extract<Job, { kind: Kind }>;

export const commandSchema = z.discriminatedUnion('kind', [
  /** Sent once, after `ready`. */
  z.object({ kind: z.literal('start'), job: jobSchema }),
  z.object({ kind: z.literal('pause') }),
  z.object({ kind: z.literal('resume') }),
  /** Ends the job at the next boundary; answered by `stopped`, then the process ends. */
  z.object({
    kind: z.literal('stop'),
    checkpoint: z.boolean(),
    /** For a disk that has no room for the checkpoint; false does without it then. */
    waits: z.boolean().optional(),
  }),
  /** Writes a checkpoint at the next boundary. */
  z.object({ kind: z.literal('checkpoint') }),
  /** Changes a value of the config from the next step on; answered by `changed`. */
  z.object({ kind: z.literal('set'), path: z.string().min(1), value: z.number() }),
]);
export type EngineCommand = z.infer<typeof commandSchema>;

/** Counts up from 1 in each process; the host reports a gap as a bug. */
const sequenced = { sequence: z.int().positive() };
const step = z.int().nonnegative();

export const engineEventSchema = z.discriminatedUnion('kind', [
  /** First event: the process is up, the library is loaded. */
  z.object({ ...sequenced, kind: z.literal('ready'), device: detailSchema, settings: engineSettingsSchema }),
  z.object({ ...sequenced, kind: z.literal('log'), level: levelSchema, text: z.string() }),
  z.object({ ...sequenced, kind: z.literal('progress'), progress: progressSchema }),
  z.object({ ...sequenced, kind: z.literal('metrics'), step, points: z.array(pointSchema) }),
  z.object({ ...sequenced, kind: z.literal('samples'), step, rows: z.array(sampleRowSchema) }),
  z.object({ ...sequenced, kind: z.literal('checkpoint'), checkpoint: checkpointSchema }),
  /** A change by hand is in force; told before the metrics of its step. */
  z.object({ ...sequenced, kind: z.literal('changed'), change: changeSchema }),
  z.object({ ...sequenced, kind: z.literal('paused'), step, cause: pauseCauseSchema.nullable().default(null) }),
  z.object({ ...sequenced, kind: z.literal('resumed'), step }),
  /** Something to remember: a warning, a skipped update, a halved micro-batch, a probe's result. */
  z.object({
    ...sequenced,
    kind: z.literal('event'),
    name: z.string(),
    step,
    level: levelSchema,
    detail: detailSchema,
  }),
  /**
   * What came of the closed network: attempts that were refused so far, the last of them, and the internet sockets that
   * the process holds open (null where the system does not tell). Told at the start, at each attempt and at the end.
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
  /** Answer rows of a short job, in the order of its input. */
  z.object({ ...sequenced, kind: z.literal('rows'), rows: z.array(z.unknown()) }),
  /** Last event of a run that went through. */
  z.object({ ...sequenced, kind: z.literal('summary'), summary: detailSchema }),
  /** Last event of a short job that went through. */
  z.object({ ...sequenced, kind: z.literal('result'), result: z.unknown() }),
  /** Last event of a job that was asked to stop; `step` is where its newest checkpoint stands, null without one. */
  z.object({ ...sequenced, kind: z.literal('stopped'), step: step.nullable() }),
  /** Last event of a job that failed. `stack` is for the log file of a bug only. */
  z.object({ ...sequenced, kind: z.literal('failed'), error: keelErrorSchema, stack: z.string().optional() }),
]);
export type EngineEvent = z.infer<typeof engineEventSchema>;
type WithoutSequence<Event> = Event extends unknown ? Omit<Event, 'sequence'> : never;
/** An event before its number is put on. */
export type EngineReport = WithoutSequence<z.input<typeof engineEventSchema>>;

/** Events after which an engine says nothing more and exits with 0. */
export const LAST_EVENTS: ReadonlySet<EngineEvent['kind']> = new Set(['summary', 'result', 'stopped', 'failed']);

/** An engine process as the host sees it, whatever form it was spawned in. */
export interface EngineProcess {
  send(command: EngineCommand): void;
  /** Every parsed event, then one `exit` when the process is gone. */
  onEvent(listener: (event: EngineEvent | EngineExit) => void): void;
  /** SIGKILL. */
  kill(): void;
}

export interface EngineExit {
  readonly kind: 'exit';
  readonly code: number | null;
  readonly signal: string | null;
  /** The last lines of its standard error. */
  readonly stderr: string;
  /** What was wrong with a message of its that nobody could read and for which it was ended; null for none. */
  readonly unreadable: string | null;
}
