import { type RecipeConfig, recipeOf } from '#contract/config/index.ts';
import type { Runtime } from '../../runtime/types.ts';
import { saveArtifacts } from '../../session/checkpoint/save-artifacts.ts';
import { DiskWaits } from '../../session/disk-waits.ts';
import { openRewardModel } from '../../session/open-models.ts';

/**
 * Writes a reward model of the right shape for later stages into `<folder>/artifacts/reward_model`. Its weights are
 * untrained; only its size and speed matter.
 */
export async function writeStandIn(
  runtime: Runtime,
  config: RecipeConfig,
  locate: (reference: string) => string,
  folder: string,
): Promise<void> {
  if (recipeOf(config.recipe).artifacts[0] !== 'reward_model') return;
  for (const prefix of ['reward_model/', 'base/']) runtime.variables.remove(prefix);
  const opened = openRewardModel({ runtime, locate, config }, config.model, null, config.seed);
  const emit = { artifact: () => undefined } as never;
  const nobody = () => undefined;
  const control = new DiskWaits(nobody, () => 0, false);
  await saveArtifacts({ runtime, runFolder: folder, emit, control, runId: 'preflight' }, [
    { kind: 'reward_model', opened, detail: {} },
  ]);
}
