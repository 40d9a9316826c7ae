import type { Detail } from './context.ts';
import type { OnlineContext, OnlineModels } from './online-models.ts';
import type { OnlineState } from './online-state.ts';
import { saveArtifacts } from './save-artifacts.ts';

/** Saves policy and critic as they are at the end of the run; gives what the run ends with. */
export async function finishOnline(context: OnlineContext, models: OnlineModels, state: OnlineState): Promise<Detail> {
  const detail = { iteration: state.iteration, best: state.best };
  await saveArtifacts(context, [
    { kind: 'policy', opened: models.policy, detail },
    { kind: 'critic', opened: models.critic, detail },
  ]);
  return { iterations: state.iteration, updates: state.update, best: state.best };
}
