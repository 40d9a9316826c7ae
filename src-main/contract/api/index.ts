import { oc } from '@orpc/contract';
import { z } from 'zod';
import { errors } from './api-errors.ts';
import { draftsContract } from './drafts.ts';
import { filesContract } from './files.ts';
import { datasetsContract, jobsContract, modelsContract } from './jobs.ts';
import { preflightContract } from './preflight.ts';
import { ratingsContract } from './ratings.ts';
import { runsContract } from './runs.ts';
import { studiesContract } from './studies.ts';

/** Who owns the data folder. */
export const hostSchema = z.object({
  home: z.string(),
  pid: z.int(),
  since: z.int(),
  activeRuns: z.array(z.string()),
});
export type HostState = z.infer<typeof hostSchema>;

/** Everything that a shell or a page may ask, written once. */
export const contract = {
  runs: runsContract,
  jobs: jobsContract,
  datasets: datasetsContract,
  models: modelsContract,
  files: filesContract,
  studies: studiesContract,
  ratings: ratingsContract,
  preflight: preflightContract,
  drafts: draftsContract,
  system: { host: oc.errors(errors).output(hostSchema) },
};
