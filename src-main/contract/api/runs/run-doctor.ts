import { z } from 'zod';
import { anyNumberSchema as number } from '../../any-number.ts';
import { FAILURE_MODES } from '../../failure-modes.ts';

/** The name of a failure mode; see `FAILURE_MODES`. */
export const failureModeSchema = z.enum(FAILURE_MODES);

/** What happens on a failure mode: it is not checked, it is reported, the run waits, or it ends with a checkpoint. */
export const doctorActionSchema = z.enum(['off', 'tell', 'pause', 'stop']);
export type DoctorAction = z.infer<typeof doctorActionSchema>;

/** A number that supports a finding, and the threshold that it crossed. */
export const evidenceSchema = z.object({
  /** Key in the metric catalog. */
  key: z.string(),
  /** What was checked, such as "mean of the last 3 iterations". */
  over: z.string(),
  value: number,
  relation: z.enum(['above', 'below']),
  threshold: number,
  /** If the threshold depends on the start of the run, the value there. */
  start: number.nullable().default(null),
});
export type Evidence = z.infer<typeof evidenceSchema>;

/** One change that may help. `path` and `value` are a config key and the value to try; null if no value can help. */
export const remedySchema = z.object({
  text: z.string(),
  path: z.string().nullable(),
  value: z.union([z.number(), z.string()]).nullable(),
  /** True if `runs.set` can change it during the run. */
  isLive: z.boolean(),
});
export type Remedy = z.infer<typeof remedySchema>;

/** A response that shows the failure mode. */
export const worstSampleSchema = z.object({
  prompt: z.string(),
  response: z.string(),
  score: number,
  /** Number of stored entries. */
  length: z.int().nonnegative(),
  /** What is wrong with it, in numbers. */
  what: z.string(),
});
export type WorstSample = z.infer<typeof worstSampleSchema>;

/** Detail of a `doctor` event. A finding is reported once when it opens and once when it closes. */
export const runFindingSchema = z.object({
  regime: failureModeSchema,
  state: z.enum(['open', 'closed']),
  /** First iteration in which the failure mode was suspected: checkpoints before it are healthy. */
  since: z.int().nonnegative(),
  cause: z.string(),
  evidence: z.array(evidenceSchema),
  remedy: remedySchema,
  samples: z.array(worstSampleSchema),
  action: doctorActionSchema,
});
export type RunFinding = z.infer<typeof runFindingSchema>;

/** Why a run is waiting. */
export const pauseCauseSchema = z.object({
  by: z.enum(['person', 'doctor', 'store', 'disk']),
  why: z.string(),
  regime: failureModeSchema.nullable(),
});
export type PauseCause = z.infer<typeof pauseCauseSchema>;
