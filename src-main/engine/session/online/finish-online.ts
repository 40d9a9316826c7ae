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
 * Saves policy and, where there is one, critic as they are at the end of the run, then the policy of the best evaluation where another
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
    ...(models.critic ? [{ kind: 'critic' as const, opened: models.critic, detail }] : []),
  ]);
  if (bestCheckpoint && bestCheckpoint.step !== state.iteration && isWhole(context, bestCheckpoint)) {
    readVariables(join(bestCheckpoint.folder, POLICY), context.runtime.variables);
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

/** A best checkpoint that was damaged since costs the run its best policy, which is told, not its end. */
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

/** Where the policy of the best evaluation stands. */
export interface BestCheckpoint {
  readonly step: number;
  readonly folder: string;
}
