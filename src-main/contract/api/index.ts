import { datasetsContract } from './dataset-library.ts';
import { draftsContract } from './drafts.ts';
import { filesContract } from './files.ts';
import { jobsContract } from './jobs.ts';
import { trashContract } from './keeping.ts';
import { modelsContract } from './model-library.ts';
import { preflightContract } from './preflight.ts';
import { ratingsContract } from './ratings.ts';
import { rewardModelsContract } from './reward-models.ts';
import { runsContract } from './runs.ts';
import { studiesContract } from './studies.ts';
import { systemContract } from './system.ts';

/** Everything that a shell or a page may ask, written once. */
export const contract = {
  runs: runsContract,
  rewardModels: rewardModelsContract,
  jobs: jobsContract,
  datasets: datasetsContract,
  models: modelsContract,
  files: filesContract,
  studies: studiesContract,
  ratings: ratingsContract,
  preflight: preflightContract,
  drafts: draftsContract,
  trash: trashContract,
  system: systemContract,
};
