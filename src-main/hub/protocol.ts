import { z } from 'zod';
import { keelErrorSchema } from '#contract/api/runs/run-records.ts';

/** The host's request to its network process, which answers once and exits. */
export const hubCommandSchema = z.object({
  endpoint: z.url(),
  token: z.string().nullable(),
  repository: z.string(),
  revision: z.string(),
  /** Models folder, in which the commit determines the subfolder; null only looks up the model. */
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
  /** Number of files in the repository that are not downloaded. */
  leftOut: bytes,
});
export type HubModel = z.infer<typeof hubModelSchema>;

export const hubReportSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('progress'), done: bytes, total: bytes }),
  z.object({ kind: z.literal('done'), model: hubModelSchema }),
  z.object({ kind: z.literal('failed'), error: keelErrorSchema }),
]);
export type HubReport = z.input<typeof hubReportSchema>;
