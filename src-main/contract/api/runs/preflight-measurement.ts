import { z } from 'zod';

const bytes = z.number().nonnegative();
const seconds = z.number().nonnegative();

/** All calls of one compiled step: what they took without building its graph, and the most memory while it ran. */
export const stepCostSchema = z.object({
  name: z.string(),
  calls: z.int().nonnegative(),
  seconds,
  peakBytes: bytes,
  rows: z.int().nonnegative().describe('of the largest call'),
});
export type StepCost = z.infer<typeof stepCostSchema>;

/** What an engine process has seen of one config at one size. */
export const measurementSchema = z.object({
  device: z.object({ backend: z.string(), device: z.string(), mode: z.string(), threads: z.int().positive() }),
  /** Memory of the process before models and data. */
  baseBytes: bytes,
  peakBytes: bytes,
  /** Bytes of variables by what they belong to: `policy`, `critic`, `optimizer`, … */
  variables: z.record(z.string(), bytes),
  steps: z.array(stepCostSchema),
  /** From the start of the process to the first iteration, with the first evaluation where there is one. */
  setupSeconds: seconds,
  /** Graphs built after the setup. */
  buildSeconds: seconds,
  /** Iterations of the run, or updates of a recipe that learns from a fixed dataset. */
  iterations: z.int().positive(),
  /** Mean seconds of an iteration by phase, of the whole collection and all its updates. */
  phases: z.record(z.string(), seconds),
  /** Of all rows that the run will evaluate on; null where it was not measured. */
  evaluationSeconds: seconds.nullable(),
  checkpoint: z.object({ seconds, bytes }).nullable(),
});
export type Measurement = z.infer<typeof measurementSchema>;
