import { join } from 'node:path';
import { KeelError } from '#contract/errors.ts';
import { readVariables } from '../../model/files/variable-files.ts';
import { verifyCheckpoint } from '../checkpoint/checkpoints.ts';
import { saveArtifacts } from '../checkpoint/save-artifacts.ts';
import type { Detail } from '../context.ts';
import type { OnlineContext, OnlineModels } from './online-models.ts';
import type { OnlineState } from './online-state.ts';

const POLICY = 'policy.safetensors';

/**
 * Saves the policy and, if there is one, the critic in their final state, then the policy of the best evaluation if it
 * is from another iteration. Returns the summary of the run.
 */
export async function finishOnline(
  context: OnlineContext,
  models: OnlineModels,
  state: OnlineState,
  bestCheckpoint: BestCheckpoint | null,
): Promise<Detail> {
  // Without held-out prompts, there was no evaluation.
  const best = state.best === Number.NEGATIVE_INFINITY ? null : state.best;
  const detail = { iteration: state.iteration, best };
  await saveArtifacts(context, [
    { kind: 'policy', opened: models.policy, detail },
    ...(models.critic ? [{ kind: 'critic' as const, opened: models.critic, detail }] : []),
  ]);
  if (bestCheckpoint && bestCheckpoint.step !== state.iteration && isWhole(context, bestCheckpoint)) {
    readVariables(join(bestCheckpoint.folder, POLICY), context.runtime.variables);
    const ofBest = { iteration: bestCheckpoint.step, best };
    await saveArtifacts(context, [{ kind: 'policy', opened: models.policy, detail: ofBest }], 'best');
  }
  return {
    iterations: state.iteration,
    updates: state.update,
    best,
    best_iteration: bestCheckpoint?.step ?? null,
  };
}

/** If the best checkpoint has been damaged, the run loses its best policy, which is reported, but still completes. */
function isWhole({ emit }: OnlineContext, { step, folder }: BestCheckpoint): boolean {
  try {
    verifyCheckpoint(folder, [POLICY]);
    return true;
  } catch (error) {
    if (!(error instanceof KeelError)) throw error;
    emit.event('checkpoint_rejected', step, 'warning', { folder, why: error.why });
    return false;
  }
}

/** Location of the policy of the best evaluation. */
export interface BestCheckpoint {
  readonly step: number;
  readonly folder: string;
}
