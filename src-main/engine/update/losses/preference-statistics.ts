import type { UpdateReport } from '../../records.ts';
import { maskedValues } from '../../runtime/ops/masked.ts';
import { tf } from '../../runtime/tf.ts';
import type { Tensor } from '../../runtime/types.ts';
import { additive, meanOver, type Stat } from './loss-result.ts';

/** What a forward pass says of each next token, beside its log-prob; only for statistics. */
export interface TokenReadings {
  /** Mean of the logits over the vocabulary. Shape: [b, t]. */
  readonly meanLogits: Tensor;
  /** 1 where the next token is the most likely one. Shape: [b, t]. */
  readonly hits: Tensor;
}

/** Sum over the trained tokens of each row. Shape: [b, t] and bool [b, t] to [b]. */
export function sumOfTrained(values: Tensor, trainedMask: Tensor): Tensor {
  return tf.sum(maskedValues(values, trainedMask), 1);
}

/** Sums of a side's tokens per row, as means over its rows: their ratios are means over tokens, also of parts. */
export interface SideTokens {
  readonly meanLogits: Tensor;
  readonly hits: Tensor;
  readonly trainedMask: Tensor;
  /** True on the rows that count. Shape: [b]. */
  readonly rowMask: Tensor;
  readonly entries: Tensor;
}

/** Statistics from which {@link preferenceReport} computes means over the tokens of one side. */
export function tokenStatistics(side: 'chosen' | 'rejected', of: SideTokens): Readonly<Record<string, Stat>> {
  const { trainedMask, rowMask, entries } = of;
  const mean = (values: Tensor) => additive(meanOver(sumOfTrained(values, trainedMask), rowMask, entries));
  return {
    [`${side}_tokens`]: mean(tf.onesLike(of.hits)),
    [`${side}_logits`]: mean(of.meanLogits),
    [`${side}_hits`]: mean(of.hits),
  };
}

const share = (sum: number | undefined, count: number | undefined) => (sum ?? 0) / Math.max(count ?? 0, 1e-30);

/** A report with means over tokens in place of their sums: `logits/chosen`, `logits/rejected`, `mean_token_accuracy`. */
export function preferenceReport(report: UpdateReport): UpdateReport {
  const means: Record<string, number> = {};
  for (const side of ['chosen', 'rejected']) {
    const tokens = report[`${side}_tokens`] ?? 0;
    if (tokens > 0) means[`logits/${side}`] = share(report[`${side}_logits`], tokens);
  }
  const trained = report.chosen_tokens ?? 0;
  if (trained > 0) means.mean_token_accuracy = share(report.chosen_hits, trained);
  return { ...report, ...means };
}
