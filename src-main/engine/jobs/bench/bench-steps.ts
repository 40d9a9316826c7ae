import { createModelReward } from '../../reward/model-reward.ts';
import { createRolloutScorer } from '../../rollout/score-rollout.ts';
import type { Runtime } from '../../runtime/types.ts';
import { apaLoss } from '../../update/losses/apa.ts';
import { valueLoss } from '../../update/losses/value.ts';
import { createOnlineUpdate } from '../../update/online-update.ts';
import type { BenchModels } from './bench-models.ts';
import type { BenchOptions } from './bench-options.ts';

/** λ of the PyTorch baseline. */
export const LAMBDA = 0.1;
export const LEARNING_RATE = 1e-6;

/** AdamW with the defaults of torch.optim except β2, and the PyTorch baseline's gradient clipping. */
const OPTIMIZER = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.01, maxGradNorm: 1 };

/** The update step of the `apa` recipe. */
export function benchUpdate(
  runtime: Runtime,
  { policy, critic, trained }: BenchModels,
  { recompute, microBatch }: Pick<BenchOptions, 'recompute' | 'microBatch'>,
) {
  return createOnlineUpdate(runtime, {
    policy,
    critic,
    trained,
    temperature: 1,
    microBatchSize: microBatch ?? null,
    recomputes: recompute,
    optimizer: OPTIMIZER,
    vfCoef: 1,
    knobs: ['lambda'],
    policyLoss: (batch, { lambda }) => apaLoss({ ...batch, lambda }),
    valueLoss,
  });
}

/** The scorer of the online recipes. */
export function benchScorer(runtime: Runtime, { policy, reference, critic }: BenchModels, withPolicy: boolean) {
  return createRolloutScorer(runtime, { name: 'score', policy, reference, critic, withPolicy, temperature: 1 });
}

/** The reward model of the online recipes, on rows of ids that all have the same length. */
export function benchReward(
  runtime: Runtime,
  models: BenchModels,
  rows: number,
): (sequences: readonly (readonly number[])[]) => Float32Array {
  let sequences: readonly (readonly number[])[] = [];
  const reward = createModelReward(runtime, {
    name: 'score-reward',
    ...models.reward,
    encode: (_, place) => sequences[Number(place)]!,
    padTokenId: 0,
    rows,
    bucket: (longest) => longest,
  });
  return (all) => {
    sequences = all;
    const places = all.map((_, index) => String(index));
    return reward(
      places.map((prompt) => ({ prompt })),
      places,
    );
  };
}
