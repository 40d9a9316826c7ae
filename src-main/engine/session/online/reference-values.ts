import { type OptimalValue, optimalValue } from '../../advantage/optimal-values.ts';
import type { AskedPrompt } from '../../records.ts';
import { rowsAtOnce } from '../../rollout/generate-chunks.ts';
import { createReplies } from '../../rollout/replies.ts';
import type { OnlineContext, OnlineModels } from './online-models.ts';
import { type EncodedPrompt, promptChunks } from './online-prompts.ts';
import { callSeed, cutRulesOf, samplerOf } from './online-rollouts.ts';

/** Keeps the reference's draws apart from those of the policy. */
const REFERENCE_SEED = 7919;

/** Optimal values by the index of their prompt among the training prompts. */
export type OptimalValues = Readonly<Record<string, OptimalValue>>;

/** A training prompt. */
export interface IndexedPrompt {
  readonly index: number;
  readonly prompt: EncodedPrompt;
}

export interface ValueSettings {
  /** β₁. */
  readonly beta1: number;
  /** Responses per prompt. */
  readonly numValueSamples: number;
}

/** Scores of an iteration's responses as they enter the rewards. */
type ScoreReplies = (
  prompts: readonly AskedPrompt[],
  responses: readonly string[],
  iteration: number,
) => ArrayLike<number>;

/**
 * Estimates the optimal values of prompts that have none yet, from responses that the reference samples. Since the
 * reference never changes, it makes no difference for the estimate when in a run that happens. The run's seed and `round`
 * determine every draw.
 */
export function openReferenceValues(context: OnlineContext, models: OnlineModels, score: ScoreReplies) {
  const { config } = context;
  const { policy, reference, padTokenId } = models;
  const { generation, rollouts, seed } = config;
  const replies = createReplies({
    generate: samplerOf(context, { ...models, policy: { ...policy, weightsOf: reference } })(
      'generate-reference',
      true,
    ),
    cut: cutRulesOf(policy.tokenizer, models.stops, generation.stopStrings),
    rowsAtOnce: (q) => rowsAtOnce(policy.model.config, q, generation.maxNewTokens),
  });
  return (
    known: OptimalValues,
    asked: readonly IndexedPrompt[],
    round: number,
    { beta1, numValueSamples }: ValueSettings,
  ): OptimalValues => {
    const fresh = [...new Map(asked.map((one) => [one.index, one.prompt]))].filter(([index]) => !(index in known));
    if (fresh.length === 0) return known;
    const rows = fresh.flatMap(([, prompt]) => new Array<EncodedPrompt>(numValueSamples).fill(prompt));
    const chunks = promptChunks(rows, rollouts.chunkSize, padTokenId);
    const responses = replies(chunks, (chunk) => callSeed(seed + REFERENCE_SEED, round, chunk)).slice(0, rows.length);
    const scores = Array.from(
      score(
        rows.map(({ asked: prompt }) => prompt),
        responses,
        round,
      ),
    );
    const values = fresh.map(([index], at) => {
      const own = scores.slice(at * numValueSamples, (at + 1) * numValueSamples);
      return [String(index), optimalValue(own, beta1)] as const;
    });
    return { ...known, ...Object.fromEntries(values) };
  };
}
