import type { RewardedRollout } from '../records.ts';
import { type FloatHost, float32 } from '../runtime/host-tensor.ts';
import { generalizedAdvantages } from './gae.ts';

export interface Estimated extends RewardedRollout {
  /** [b, r] */
  readonly rawAdvantages: FloatHost;
  /** [b, r] what a critic learns; null without a critic. */
  readonly returns: FloatHost | null;
}

/** Advantages and returns of a rollout by GAE, before any scaling. Throws TypeError for a rollout without values. */
export function estimateAdvantages(
  rollout: RewardedRollout,
  { gamma, lam }: { readonly gamma: number; readonly lam: number },
): Estimated {
  const { values, rewards, responseMask } = rollout;
  if (!values) throw new TypeError('Generalized advantage estimation requires the values of a critic.');
  const gae = generalizedAdvantages({
    values: values.data,
    rewards: rewards.data,
    responseMask: responseMask.data,
    width: values.shape[1]!,
    gamma,
    lam,
  });
  return {
    ...rollout,
    rawAdvantages: float32(Float32Array.from(gae.advantages), values.shape),
    returns: float32(Float32Array.from(gae.returns), values.shape),
  };
}
