import { z } from 'zod';
import { faultSchema } from './run-records.ts';

/** What is wrong with a config and everything that it refers to, found before a run is made. */
export const admissionSchema = z.object({
  /** Everything that prevents the start, each at its config field. */
  faults: z.array(faultSchema),
  /** What the user should know before the start although it prevents nothing. */
  notes: z.array(z.string()),
});
export type Admission = z.infer<typeof admissionSchema>;
