import { join } from 'node:path';
import { readVariables } from '../model/variable-files.ts';
import type { Detail } from './context.ts';
import type { OnlineContext, OnlineModels } from './online-models.ts';
import type { OnlineState } from './online-state.ts';
import { saveArtifacts } from './save-artifacts.ts';

/**
 * Saves policy and critic as they are at the end of the run, then the policy of the best evaluation where another
 * iteration had it; gives what the run ends with.
 */
export async function finishOnline(
  context: OnlineContext,
  models: OnlineModels,
  state: OnlineState,
  bestCheckpoint: BestCheckpoint | null,
): Promise<Detail> {
  const detail = { iteration: state.iteration, best: state.best };
  await saveArtifacts(context, [
    { kind: 'policy', opened: models.policy, detail },
    { kind: 'critic', opened: models.critic, detail },
  ]);
  if (bestCheckpoint && bestCheckpoint.step !== state.iteration) {
    readVariables(join(bestCheckpoint.folder, 'policy.safetensors'), context.runtime.variables);
    const ofBest = { iteration: bestCheckpoint.step, best: state.best };
    await saveArtifacts(context, [{ kind: 'policy', opened: models.policy, detail: ofBest }], 'best');
  }
  return {
    iterations: state.iteration,
    updates: state.update,
    best: state.best,
    best_iteration: bestCheckpoint?.step ?? null,
  };
}

/** Where the policy of the best evaluation stands. */
export interface BestCheckpoint {
  readonly step: number;
  readonly folder: string;
}
