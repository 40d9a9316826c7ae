import { z } from 'zod';
import { runIdSchema } from '../../ids.ts';

/** A group of runs that are compared. */
export const studySchema = z.object({
  id: z.int().positive(),
  name: z.string(),
  notes: z.string(),
  createdAt: z.int(),
  /** Whether Keel runs it from a config; otherwise, its runs were put together by hand. */
  isPlanned: z.boolean(),
  runs: z.array(runIdSchema),
});
export type Study = z.infer<typeof studySchema>;
