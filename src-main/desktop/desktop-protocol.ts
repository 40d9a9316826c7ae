import { z } from 'zod';
import { pickRequestSchema } from '#contract/api/files.ts';
import { keelErrorSchema } from '#contract/api/runs/run-records.ts';
import { runStateSchema } from '#contract/api/runs/run-state.ts';

/**
 * Messages between the app and its host process over the `child_process` channel (serialization `advanced`): page
 * messages, passed through unchanged, and requests that only the app can handle. Both ends parse every message.
 */
const page = z.int().nonnegative();
const data = z.union([z.string(), z.instanceof(ArrayBuffer)]);
const id = z.int().nonnegative();

export const toHostSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('open'), page }),
  z.object({ kind: z.literal('message'), page, data }),
  z.object({ kind: z.literal('close'), page }),
  /** The user has dropped this file on the window: pages may use it. */
  z.object({ kind: z.literal('grant'), path: z.string() }),
  /** Answers `pick`; no paths if nothing was chosen. */
  z.object({ kind: z.literal('picked'), id, paths: z.array(z.string()) }),
  /** The machine is going to sleep: every run writes a checkpoint. */
  z.object({ kind: z.literal('checkpoint') }),
  /** Ends the runs with checkpoints, then the process. */
  z.object({ kind: z.literal('end') }),
]);
export type ToHost = z.infer<typeof toHostSchema>;

export const activeRunSchema = z.object({
  id: z.string(),
  name: z.string(),
  state: runStateSchema,
  /** 0 to 1, or null if unknown. */
  share: z.number().nullable(),
});
export type DeskRun = z.infer<typeof activeRunSchema>;

export const fromHostSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('message'), page, data }),
  z.object({ kind: z.literal('closed'), page }),
  z.object({ kind: z.literal('pick'), id, request: pickRequestSchema }),
  z.object({ kind: z.literal('activity'), runs: z.array(activeRunSchema) }),
  z.object({ kind: z.literal('ended'), name: z.string(), state: runStateSchema, problem: z.string().nullable() }),
  /** A run is waiting for the user: the doctor has paused it, or the store cannot be written. */
  z.object({ kind: z.literal('held'), name: z.string(), why: z.string() }),
  /** The host could not be opened, or has lost its data folder; the process exits. */
  z.object({ kind: z.literal('failed'), error: keelErrorSchema }),
]);
export type FromHost = z.infer<typeof fromHostSchema>;
