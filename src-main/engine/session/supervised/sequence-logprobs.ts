import type { LanguageModel } from '../../model/language-model.ts';
import { byColumn, stateEntries } from '../../model/layout/packing.ts';
import type { PlacedModel } from '../../model/weights.ts';
import { labelLogprobs } from '../../runtime/ops/log-softmax.ts';
import { tf } from '../../runtime/tf.ts';
import type { Tensor, TensorRecord, Weights } from '../../runtime/types.ts';
import type { TokenReadings } from '../../update/losses/preference-statistics.ts';

/** What a forward pass says of each next token. Shape: [b, t] all; entries that are not trained are arbitrary. */
interface ReadRows {
  readonly logprobs: Tensor;
  readonly readings: TokenReadings;
}

/** Reads the rows of next-token inputs with a language model. */
export function readRows(
  { model, weightsOf }: PlacedModel<LanguageModel>,
  lookup: Weights,
  inputs: TensorRecord,
  options: { readonly recomputes?: boolean } = {},
): ReadRows {
  const weights = weightsOf(lookup);
  const { hidden } = model.forward(weights, inputs as never, options);
  const logits = model.logits(weights, hidden).reshape([-1, model.config.vocabSize]);
  const { labels } = inputs as { readonly labels: Tensor };
  const own = stateEntries(labels, inputs);
  const placed = (numbers: Tensor) => byColumn(numbers, inputs, labels.shape);
  return {
    logprobs: placed(labelLogprobs(logits, own)),
    readings: {
      meanLogits: placed(tf.mean(logits, -1)),
      hits: placed(tf.equal(tf.argMax(logits, -1), own).toFloat()),
    },
  };
}
