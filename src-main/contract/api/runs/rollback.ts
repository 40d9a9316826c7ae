import { oc } from '@orpc/contract';
import { z } from 'zod';
import { errors } from '../api-errors.ts';
import { metricRowSchema } from './run-records.ts';
import { runSchema } from './run-state.ts';

const step = z.int().nonnegative();

/** A part of a run that was discarded by a rollback; its rows are kept under its branch number. */
export const branchSchema = z.object({
  branch: z.int().nonnegative(),
  /** Step of the checkpoint that the run rolled back to; 0 is the start. */
  backTo: step,
  /** Last step of the branch. */
  lastStep: step.nullable(),
  at: z.int(),
});
export type Branch = z.infer<typeof branchSchema>;

/** A request to roll back to a checkpoint, or to plan it. */
export const rollbackRequestSchema = z.object({
  run: z.string().min(1),
  /** A step with a checkpoint on disk, 0 for the start, or the newest checkpoint before any suspicion. */
  step: z.union([step, z.literal('healthy')]).default('healthy'),
  /** Values in effect from the following step on, in the form of `runs.set`. */
  changes: z.array(z.object({ path: z.string().min(1), value: z.number() })).default([]),
  /** Continue from there immediately; otherwise, the run stops there. */
  goOn: z.boolean().default(true),
});

/** What a rollback would discard, to confirm it first. */
export const rollbackPlanSchema = z.object({
  step,
  lastStep: step.nullable(),
  /** Number of iterations or updates that are discarded. */
  steps: step,
  /** Number of checkpoint folders that are removed. */
  checkpoints: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
});
export type RollbackPlan = z.infer<typeof rollbackPlanSchema>;

const procedure = oc.errors(errors);
const one = z.object({ run: z.string().min(1) });

/** Rollbacks to a checkpoint; spread into `runs`. */
export const rollbackContract = {
  /** Returns what a rollback would discard, without doing it. */
  planRollback: procedure.input(rollbackRequestSchema.pick({ run: true, step: true })).output(rollbackPlanSchema),
  rollback: procedure.input(rollbackRequestSchema).output(runSchema),
  branches: procedure.input(one).output(z.array(branchSchema)),
  /** The series of a discarded branch. */
  branchMetrics: procedure
    .input(one.extend({ branch: z.int().nonnegative(), keys: z.array(z.string()).nullable().default(null) }))
    .output(z.array(metricRowSchema)),
};
