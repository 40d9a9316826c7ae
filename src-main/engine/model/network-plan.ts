import type { NetworkPlan } from '../runtime/remote-step.ts';
import type { ModelConfig } from './config/model-config.ts';
import type { HeadKind } from './heads.ts';
import type { PlacedModel } from './weights.ts';

/** A network and the place of its weights, for a runtime of workers. */
export function networkPlan({
  model,
  weightsOf,
}: PlacedModel<{ readonly config: ModelConfig; readonly head?: HeadKind }>): NetworkPlan {
  return { ...weightsOf.place, config: model.config.raw, head: model.head ?? null };
}
