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

const SIDES = ['chosen', 'rejected'] as const;

/** Rows of responses, some of which are of one side. */
interface SideRows {
  /** True on the rows of the side. Shape: [b]. */
  readonly rowMask: Tensor;
  /** β (log π_θ - log π_ref). Shape: [b]. */
  readonly rewards: Tensor;
  /** log π_θ of the response. Shape: [b]. */
  readonly logps: Tensor;
  /** Shape: [b, t]. */
  readonly trainedMask: Tensor;
  readonly readings: TokenReadings | undefined;
  /** Number by which the sums are divided, so that those of a batch's parts add up. */
  readonly entries: Tensor;
}

/** Sums over the rows and tokens of one side; {@link preferenceReport} computes the means. */
export function sideStatistics(side: (typeof SIDES)[number], of: SideRows): Readonly<Record<string, Stat>> {
  const sum = (values: Tensor) => additive(meanOver(values, of.rowMask, of.entries));
  const overTokens = (values: Tensor) => sum(sumOfTrained(values, of.trainedMask));
  return {
    [`${side}_rows`]: sum(tf.onesLike(of.logps)),
    [`${side}_rewards`]: sum(of.rewards),
    [`${side}_logps`]: sum(of.logps),
    ...(of.readings && {
      [`${side}_tokens`]: overTokens(tf.onesLike(of.readings.hits)),
      [`${side}_logits`]: overTokens(of.readings.meanLogits),
      [`${side}_hits`]: overTokens(of.readings.hits),
    }),
  };
}

/** Means of a report's sums, by metric: name of the sum, and of what it is divided by. */
const MEANS = SIDES.flatMap((side) => [
  [`rewards/${side}`, `${side}_rewards`, `${side}_rows`] as const,
  [`logps/${side}`, `${side}_logps`, `${side}_rows`] as const,
  [`logits/${side}`, `${side}_logits`, `${side}_tokens`] as const,
]);

/**
 * A report with metrics in place of sums: `rewards/…`, `logps/…` and `logits/…` of both sides, `rewards/margins`, and
 * `mean_token_accuracy` of the chosen side. A side without rows has none.
 */
export function preferenceReport(report: UpdateReport): UpdateReport {
  const means: Record<string, number> = {};
  for (const [key, sum, count] of [...MEANS, ['mean_token_accuracy', 'chosen_hits', 'chosen_tokens'] as const]) {
    const [value, of] = [report[sum] ?? 0, report[count] ?? 0];
    if (of > 0) means[key] = value / of;
  }
  const [chosen, rejected] = [means['rewards/chosen'], means['rewards/rejected']];
  if (chosen !== undefined && rejected !== undefined) means['rewards/margins'] = chosen - rejected;
  return { ...report, ...means };
}
