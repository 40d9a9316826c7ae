import { z } from 'zod';
import { anyNumberSchema as number } from '../../any-number.ts';
import { FAILURE_MODES } from '../../failure-modes.ts';

/** A regime's name; see `FAILURE_MODES`. */
export const failureModeSchema = z.enum(FAILURE_MODES);

/** What happens when a regime is found: nothing is looked for, it is told, the run waits, or it ends with a checkpoint. */
export const doctorActionSchema = z.enum(['off', 'tell', 'pause', 'stop']);
export type DoctorAction = z.infer<typeof doctorActionSchema>;

/** A number that speaks for a finding, against the threshold that it has crossed. */
export const evidenceSchema = z.object({
  /** Key of the metric catalog. */
  key: z.string(),
  /** What was looked at, such as "mean of the last 3 iterations". */
  over: z.string(),
  value: number,
  relation: z.enum(['above', 'below']),
  threshold: number,
  /** Where the run's own start gave the threshold: its value there. */
  start: number.nullable().default(null),
});
export type Evidence = z.infer<typeof evidenceSchema>;

/** One change that may help. `path` and `value` are a config key and what to try; both null where no number does it. */
export const remedySchema = z.object({
  text: z.string(),
  path: z.string().nullable(),
  value: z.union([z.number(), z.string()]).nullable(),
  /** True when `runs.set` may change it while the run goes on. */
  isLive: z.boolean(),
});
export type Remedy = z.infer<typeof remedySchema>;

/** A reply that shows the regime. */
export const worstSampleSchema = z.object({
  prompt: z.string(),
  response: z.string(),
  score: number,
  /** Stored entries. */
  length: z.int().nonnegative(),
  /** What is bad about it, in numbers. */
  what: z.string(),
});
export type WorstSample = z.infer<typeof worstSampleSchema>;

/** Detail of an event `doctor`. A finding is told once when it opens and once when it closes. */
export const runFindingSchema = z.object({
  regime: failureModeSchema,
  state: z.enum(['open', 'closed']),
  /** First iteration at which something was suspected: a checkpoint before it is healthy. */
  since: z.int().nonnegative(),
  cause: z.string(),
  evidence: z.array(evidenceSchema),
  remedy: remedySchema,
  samples: z.array(worstSampleSchema),
  action: doctorActionSchema,
});
export type RunFinding = z.infer<typeof runFindingSchema>;

/** Why a run waits. */
export const pauseCauseSchema = z.object({
  by: z.enum(['person', 'doctor', 'store', 'disk']),
  why: z.string(),
  regime: failureModeSchema.nullable(),
});
export type PauseCause = z.infer<typeof pauseCauseSchema>;
