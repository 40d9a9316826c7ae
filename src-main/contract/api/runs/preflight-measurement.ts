import { z } from 'zod';

const bytes = z.number().nonnegative();
const seconds = z.number().nonnegative();

/** All calls of one compiled step: their time without building its graph, and their peak memory. */
export const stepCostSchema = z.object({
  name: z.string(),
  calls: z.int().nonnegative(),
  seconds,
  peakBytes: bytes,
  rows: z.int().nonnegative().describe('of the largest call'),
});
export type StepCost = z.infer<typeof stepCostSchema>;

/** The measurements of an engine process for one config at one size. */
export const measurementSchema = z.object({
  device: z.object({ backend: z.string(), device: z.string(), mode: z.string(), threads: z.int().positive() }),
  /** What was free for this process when it began, and on the disk that it wrote to. */
  room: z.object({ memoryBytes: bytes, diskBytes: bytes }),
  /** Memory of the process before models and data are loaded. */
  baseBytes: bytes,
  peakBytes: bytes,
  /** Bytes of variables by owner: `policy`, `critic`, `optimizer`, … */
  variables: z.record(z.string(), bytes),
  steps: z.array(stepCostSchema),
  /** From the start of the process to the first iteration, including the first evaluation if there is one. */
  setupSeconds: seconds,
  /** Time for building graphs after the setup. */
  buildSeconds: seconds,
  /** Iterations of the run, or updates for a recipe that learns from a fixed dataset. */
  iterations: z.int().positive(),
  /** Mean seconds per iteration by phase, for the whole collection and all its updates. */
  phases: z.record(z.string(), seconds),
  /** For all rows that the run will evaluate on; null if not measured. */
  evaluationSeconds: seconds.nullable(),
  checkpoint: z.object({ seconds, bytes }).nullable(),
});
export type Measurement = z.infer<typeof measurementSchema>;
