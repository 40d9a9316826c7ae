import { estimateAdvantages } from '../../advantage/estimate-advantages.ts';
import type { PolicyEvaluation } from '../../evaluation/evaluate-policy.ts';
import { responseTotals } from '../../evaluation/reply-statistics.ts';
import { terminalRewards } from '../../reward/shape-rewards.ts';
import { type FloatHost, float32 } from '../../runtime/host-tensor.ts';
import type { SampleRow } from '../context.ts';

/**
 * The responses to all fixed prompts with their scores and totals, so that runs can be compared response by response; those to the
 * first `count` prompts also with their per-token numbers. Values and advantages only for a method with a critic.
 */
export function sampleRows(
  evaluation: PolicyEvaluation,
  count: number,
  method: Readonly<Record<string, unknown>>,
  pieceOf: (id: number) => string,
): readonly SampleRow[] {
  const { rollout, scores, judgments } = evaluation;
  const scored = float32(scores, [scores.length]);
  const rewards = terminalRewards(scored, rollout.responseMask);
  const rewarded = { ...rollout, scores: scored, scaledScores: scored, rewards };
  const { gamma, lam } = method;
  const hasCritic = rollout.values !== null && typeof gamma === 'number' && typeof lam === 'number';
  const rawAdvantages = hasCritic ? estimateAdvantages(rewarded, { gamma, lam }).rawAdvantages : null;
  const totals = responseTotals(rollout);
  const width = rollout.responseIds.shape[1]!;
  return Array.from({ length: scores.length }, (_, row) => {
    const entries = rollout.responseMask.data
      .subarray(row * width, (row + 1) * width)
      .reduce((sum, bit) => sum + bit, 0);
    const stored = row < count ? entries : 0;
    const cut = (array: FloatHost) => Array.from(array.data.subarray(row * width, row * width + stored));
    const ids = Array.from(rollout.responseIds.data.subarray(row * width, row * width + stored));
    return {
      promptIndex: row,
      prompt: rollout.prompts[row]!,
      response: rollout.responses[row]!,
      ids,
      tokens: ids.map(pieceOf),
      logprobs: cut(rollout.oldLogprobs),
      refLogprobs: cut(rollout.refLogprobs),
      kl: rollout.exactKl ? cut(rollout.exactKl) : [],
      values: rollout.values ? cut(rollout.values) : [],
      advantages: rawAdvantages ? cut(rawAdvantages) : [],
      rewards: cut(rewards),
      score: scores[row]!,
      judge: judgments ? judgments[row]! : null,
      endedByStop: rollout.endedByStop[row]!,
      totals: totals?.[row] ?? null,
    };
  });
}
