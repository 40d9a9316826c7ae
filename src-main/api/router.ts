import { base } from './base.ts';
import { clusterHandlers } from './cluster-handlers.ts';
import { datasetHandlers } from './dataset-handlers.ts';
import { draftHandlers } from './draft-handlers.ts';
import { fileHandlers } from './file-handlers.ts';
import { jobHandlers } from './job-handlers.ts';
import { modelHandlers } from './model-handlers.ts';
import { preflightHandlers } from './preflight-handlers.ts';
import { ratingHandlers } from './rating-handlers.ts';
import { rewardModelHandlers } from './reward-model-handlers.ts';
import { trashHandlers } from './run-archive-handlers.ts';
import { runHandlers } from './run-handlers.ts';
import { studyHandlers } from './study-handlers.ts';
import { systemHandlers } from './system-handlers.ts';

/** The contract with a handler for every procedure; all shells and pages call this router. */
export const router = base.router({
  runs: runHandlers,
  rewardModels: rewardModelHandlers,
  jobs: jobHandlers,
  datasets: datasetHandlers,
  models: modelHandlers,
  files: fileHandlers,
  studies: studyHandlers,
  ratings: ratingHandlers,
  preflight: preflightHandlers,
  drafts: draftHandlers,
  trash: trashHandlers,
  clusters: clusterHandlers,
  system: systemHandlers,
});
