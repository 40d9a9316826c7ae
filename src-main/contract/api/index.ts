import { clustersContract } from './clusters.ts';
import { draftsContract } from './drafts.ts';
import { filesContract } from './files.ts';
import { jobsContract } from './jobs.ts';
import { datasetsContract } from './library/dataset-library.ts';
import { modelsContract } from './library/model-library.ts';
import { ratingsContract } from './library/ratings.ts';
import { rewardModelsContract } from './library/reward-models.ts';
import { trashContract } from './run-archive.ts';
import { preflightContract } from './runs/preflight.ts';
import { runsContract } from './runs/runs.ts';
import { studiesContract } from './runs/studies.ts';
import { systemContract } from './system.ts';

/** Every call that a shell or a page can make, defined in one place. */
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
  clusters: clustersContract,
  system: systemContract,
};
