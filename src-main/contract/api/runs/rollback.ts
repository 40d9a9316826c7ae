import { oc } from '@orpc/contract';
import { z } from 'zod';
import { errors } from '../api-errors.ts';
import { metricRowSchema } from './run-records.ts';
import { runSchema } from './run-state.ts';

const step = z.int().nonnegative();

/** A part of a run that was given up by going back to a checkpoint; its rows are kept under its number. */
export const branchSchema = z.object({
  branch: z.int().nonnegative(),
  /** Step of the checkpoint that the run went back to; 0 is the start. */
  backTo: step,
  /** Last step of the branch. */
  lastStep: step.nullable(),
  at: z.int(),
});
export type Branch = z.infer<typeof branchSchema>;

/** What going back to a checkpoint would do, or asks for. */
export const rollbackRequestSchema = z.object({
  run: z.string().min(1),
  /** A step that has a checkpoint on disk, 0 for the start, or the newest one before anything was suspected. */
  step: z.union([step, z.literal('healthy')]).default('healthy'),
  /** Values in force from the step after it on, as `runs.set` takes them. */
  changes: z.array(z.object({ path: z.string().min(1), value: z.number() })).default([]),
  /** Go on from there at once; off, the run stops there. */
  goOn: z.boolean().default(true),
});

/** What a rollback would discard, for the question before it. */
export const rollbackPlanSchema = z.object({
  step,
  lastStep: step.nullable(),
  /** Iterations or updates that are given up. */
  steps: step,
  /** Checkpoint folders that are removed. */
  checkpoints: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
});
export type RollbackPlan = z.infer<typeof rollbackPlanSchema>;

const procedure = oc.errors(errors);
const one = z.object({ run: z.string().min(1) });

/** Going back to a checkpoint; spread into `runs`. */
export const rollbackContract = {
  /** What going back would discard, without doing it. */
  planRollback: procedure.input(rollbackRequestSchema.pick({ run: true, step: true })).output(rollbackPlanSchema),
  rollback: procedure.input(rollbackRequestSchema).output(runSchema),
  branches: procedure.input(one).output(z.array(branchSchema)),
  /** Series of a branch that was given up. */
  branchMetrics: procedure
    .input(one.extend({ branch: z.int().nonnegative(), keys: z.array(z.string()).nullable().default(null) }))
    .output(z.array(metricRowSchema)),
};
