import { z } from 'zod';
import { keelErrorSchema } from '#contract/api/runs/run-records.ts';

/** What the host asks its network process, which answers once and ends. */
export const hubCommandSchema = z.object({
  endpoint: z.url(),
  token: z.string().nullable(),
  repository: z.string(),
  revision: z.string(),
  /** Folder for models, with a trailing name decided by the commit; null only looks. */
  models: z.string().nullable(),
});
export type HubCommand = z.infer<typeof hubCommandSchema>;

const bytes = z.int().nonnegative();
/** A model on the hub at one commit. */
export const hubModelSchema = z.object({
  repository: z.string(),
  commit: z.string(),
  license: z.string().nullable(),
  gated: z.boolean(),
  files: z.array(
    z.object({
      path: z.string(),
      bytes,
      hash: z.object({ kind: z.enum(['sha256', 'git']), hex: z.string() }),
    }),
  ),
  /** Files of the repository that are not fetched. */
  leftOut: bytes,
});
export type HubModel = z.infer<typeof hubModelSchema>;

export const hubReportSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('progress'), done: bytes, total: bytes }),
  z.object({ kind: z.literal('done'), model: hubModelSchema }),
  z.object({ kind: z.literal('failed'), error: keelErrorSchema }),
]);
export type HubReport = z.input<typeof hubReportSchema>;
