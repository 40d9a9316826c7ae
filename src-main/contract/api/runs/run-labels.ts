import { z } from 'zod';

const tag = z.string().trim().min(1).max(40);

/** What a person has noted of a run. */
export const runLabelsSchema = z.object({
  tags: z.array(tag).max(20),
  /** Runs that belong together, by the name of what they share; empty for none. */
  group: z.string().trim().max(60),
  notes: z.string().max(20_000),
});
export type RunLabels = z.infer<typeof runLabelsSchema>;

/** A change of a run's name and labels; what is absent stays. */
export const labelChangeSchema = runLabelsSchema.partial().extend({
  run: z.string().min(1),
  name: z.string().trim().min(1).max(100).optional(),
});
