import { z } from 'zod';
import { pickRequestSchema } from '#contract/api/files.ts';
import { keelErrorSchema } from '#contract/api/runs/run-records.ts';
import { runStateSchema } from '#contract/api/runs/run-state.ts';

/**
 * What the app and its host process say to each other over the channel of `child_process` (serialization `advanced`):
 * messages of pages as they are, and what only the app can do. Both ends parse every message.
 */
const page = z.int().nonnegative();
const data = z.union([z.string(), z.instanceof(ArrayBuffer)]);
const id = z.int().nonnegative();

export const toHostSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('open'), page }),
  z.object({ kind: z.literal('message'), page, data }),
  z.object({ kind: z.literal('close'), page }),
  /** A person has dropped it on the window: pages may use it. */
  z.object({ kind: z.literal('grant'), path: z.string() }),
  /** Answers `pick`; no paths when nothing was chosen. */
  z.object({ kind: z.literal('picked'), id, paths: z.array(z.string()) }),
  /** The machine goes to sleep: every run writes a checkpoint. */
  z.object({ kind: z.literal('checkpoint') }),
  /** Ends the runs with checkpoints, then the process. */
  z.object({ kind: z.literal('end') }),
]);
export type ToHost = z.infer<typeof toHostSchema>;

export const activeRunSchema = z.object({
  id: z.string(),
  name: z.string(),
  state: runStateSchema,
  /** 0 to 1, null while it is not known. */
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
  /** A run waits for a person: the doctor holds it, or the store cannot be written. */
  z.object({ kind: z.literal('held'), name: z.string(), why: z.string() }),
  /** The host could not be opened, or has lost its data folder; the process ends. */
  z.object({ kind: z.literal('failed'), error: keelErrorSchema }),
]);
export type FromHost = z.infer<typeof fromHostSchema>;
