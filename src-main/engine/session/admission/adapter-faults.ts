import type { RecipeConfig } from '#contract/config/index.ts';
import { isAdapterFolder } from '../../adapter-base.ts';
import { createLanguageModel } from '../../model/language-model.ts';
import { isOnBase, plannedAdapter, weightsFolder } from '../adapters/shared-base.ts';
import { loraOf, notOnBase } from '../open-models.ts';
import type { FaultList } from './fault-list.ts';
import type { KnownModel } from './model-faults.ts';

/** Checks that the layers exist which an adapter is to be added to; an adapter folder has layers of its own. */
export function checkTargets(faults: FaultList, config: RecipeConfig, { folder, config: model }: KnownModel): void {
  const lora = loraOf(config);
  if (!lora || isAdapterFolder(folder)) return;
  faults.attempt('adapter.target_modules', () => plannedAdapter(createLanguageModel(model), lora, config.seed));
}

/** Checks that a critic can share the policy's base, if adapters are trained. */
export function checkSharedBase(faults: FaultList, config: RecipeConfig, policy: KnownModel, critic: KnownModel): void {
  if (!loraOf(config)) return;
  const base = weightsFolder(policy.folder);
  if (!isOnBase({ folder: base }, critic.folder))
    faults.addError('critic.init', notOnBase('critic.init', critic.folder, base));
}
