import type { LanguageModel } from '#engine/model/language-model.ts';
import type { ValueModel } from '#engine/model/value-model.ts';
import { plainWeights } from '#engine/model/weights.ts';
import { createRolloutScorer } from '#engine/rollout/score-rollout.ts';
import type { SeededGenerator } from '#engine/runtime/host-random.ts';
import { bool, int32 } from '#engine/runtime/host-tensor.ts';
import type { Runtime } from '#engine/runtime/types.ts';

export interface ScoredModels {
  readonly policy: LanguageModel;
  readonly critic: ValueModel;
}

export interface RandomTokens {
  readonly rows: number;
  readonly prompt: number;
  readonly response: number;
}

/** Log-probs and values of whole rows of random tokens. Shapes [rows, response]. */
export function scoreRandomTokens(
  runtime: Runtime,
  name: string,
  { policy, critic }: ScoredModels,
  { rows, prompt, response }: RandomTokens,
  random: SeededGenerator,
) {
  const scorer = createRolloutScorer(runtime, {
    name,
    policy: { model: policy, weightsOf: plainWeights('policy') },
    reference: plainWeights('reference'),
    critic: { model: critic, weightsOf: plainWeights('critic') },
    withPolicy: true,
    temperature: 1,
  });
  const ids = (length: number) =>
    int32(
      Int32Array.from({ length: rows * length }, () => random.integer(policy.config.vocabSize)),
      [rows, length],
    );
  const all = (length: number) => bool(new Uint8Array(rows * length).fill(1), [rows, length]);
  return scorer({
    prompt: { ids: ids(prompt), attentionMask: all(prompt) },
    responseIds: ids(response),
    responseMask: all(response),
  });
}
