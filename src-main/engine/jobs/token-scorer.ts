import type { ForwardInput, LanguageModel } from '../model/language-model.ts';
import type { PlacedModel } from '../model/weights.ts';
import { labelLogprobs } from '../runtime/ops/log-softmax.ts';
import { tf } from '../runtime/tf.ts';
import type { Runtime } from '../runtime/types.ts';
import type { ForwardBatch } from './pad-batch.ts';

/** Log-probability of every id after the first given those before it. Shape: [b, t] to [b, t - 1], row by row. */
export type TokenScorer = (batch: ForwardBatch) => Float32Array;

/** A language model's forward pass as one compiled step. */
export function createTokenScorer(
  runtime: Runtime,
  name: string,
  { model, weightsOf }: PlacedModel<LanguageModel>,
): TokenScorer {
  const step = runtime.compile(name, (variables, inputs) => {
    const weights = weightsOf(variables.weights());
    const { ids, positions, attentionMask } = inputs as unknown as ForwardInput;
    const [b, t] = ids.shape as [number, number];
    const { hidden } = model.forward(weights, { ids, positions, attentionMask });
    const before = tf.slice(hidden, [0, 0, 0], [b, t - 1, model.config.width]);
    const following = tf.slice(ids, [0, 1], [b, t - 1]);
    return { logprobs: labelLogprobs(model.logits(weights, before), following) };
  });
  return ({ ids, attentionMask, positions }) => step({ ids, attentionMask, positions }).logprobs!.data as Float32Array;
}
