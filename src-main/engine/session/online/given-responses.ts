import type { AskedPrompt, Rollout } from '../../records.ts';
import { joinRollouts, layOut, type PromptChunk } from '../../rollout/collect-rollout.ts';
import { createRolloutScorer, type RolloutScorer } from '../../rollout/score-rollout.ts';
import { type FloatHost, float32 } from '../../runtime/host-tensor.ts';
import { bucketLength } from '../../tokenizer/rows/pad-rows.ts';
import { StopAtCheckpoint } from '../checkpoint/stop-at-checkpoint.ts';
import type { GivenRow } from '../data/given-row.ts';
import { keepInitialCritic } from '../open-models.ts';
import { type OpenedReward, requireFiniteScores } from './finite-scores.ts';
import type { OnlineContext, OnlineModels } from './online-models.ts';
import { type EncodedPrompt, promptChunks, toEncodedPrompt } from './online-prompts.ts';

/** Responses of the dataset, and their prompts. */
export interface GivenResponses {
  readonly count: number;
  /** The chosen responses as a rollout; their number is a multiple of the chunk size. */
  collect(indices: readonly number[]): { readonly rollout: Rollout; readonly prompts: readonly AskedPrompt[] };
  /** Mean and deviation of the scores of all responses; with progress, and stopped on request. */
  standard(reward: OpenedReward): Promise<ScoreStandard>;
}

/** Mean and standard deviation of scores, with divisor n - 1. */
export interface ScoreStandard {
  readonly mean: number;
  readonly deviation: number;
}

/** The standard that changes no score. */
export const NO_STANDARD: ScoreStandard = { mean: 0, deviation: 1 };

/** Keeps a deviation from being zero; the constant of RLHF-APA. */
const EPSILON = 1e-30;

/** Scores with the mean and the deviation removed, clipped to ± `limit`. Shape: [b] to [b]. */
export function standardized(scores: FloatHost, { mean, deviation }: ScoreStandard, limit: number): FloatHost {
  const scaled = scores.data.map((score) => {
    return Math.max(-limit, Math.min(limit, (score - mean) / (deviation + EPSILON)));
  });
  return float32(scaled, scores.shape);
}

/** Mean and deviation of some scores. The deviation of one score, or of equal ones, is 1. */
function standardOf(scores: readonly number[]): ScoreStandard {
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  const squares = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0);
  const deviation = scores.length > 1 ? Math.sqrt(squares / (scores.length - 1)) : 0;
  return { mean, deviation: deviation > 1e-6 * Math.max(1, Math.abs(mean)) ? deviation : 1 };
}

/** Responses that are scored between two looks at whether the run should stop. */
const SCORED_AT_ONCE = 256;

/** A response with its prompt in the form that is padded. */
interface GivenItem {
  readonly row: GivenRow;
  readonly encoded: EncodedPrompt;
}

/** A chunk as a rollout. Nobody sampled it with a known probability, so `oldLogprobs` and `samplingLogprobs` are 0. */
function rolloutOf(
  items: readonly GivenItem[],
  { batch, texts }: PromptChunk,
  score: RolloutScorer,
  layout: { readonly padTokenId: number; readonly responseLength: number },
): Rollout {
  const responses = items.map(({ row }) => row);
  const { ids, responseMask } = layOut(
    responses.map(({ responseIds }) => responseIds),
    { ...layout, layout: 'explicit' },
  );
  const unknown = float32(new Float32Array(ids.data.length), ids.shape);
  const { refLogprobs, values } = score({ prompt: batch, responseIds: ids, responseMask });
  return {
    ...{ promptIds: batch.ids, promptMask: batch.attentionMask, responseIds: ids, responseMask },
    ...{ samplingLogprobs: unknown, oldLogprobs: unknown, refLogprobs, exactKl: null, entropy: null, values },
    endedByStop: responses.map(({ endedByStop }) => endedByStop),
    prompts: texts,
    responses: responses.map(({ response }) => response),
  };
}

/** Mean and deviation of the scores of all items; with progress, and stopped on request. */
async function measureScores(
  { control, emit }: OnlineContext,
  items: readonly GivenItem[],
  reward: OpenedReward,
): Promise<ScoreStandard> {
  const scores: number[] = [];
  const work = { phase: 'scores of the dataset', total: items.length, unit: 'responses' };
  for (let start = 0; start < items.length; start += SCORED_AT_ONCE) {
    emit.progress({ ...work, done: start });
    if (await control.stopRequested()) throw new StopAtCheckpoint();
    const some = items.slice(start, start + SCORED_AT_ONCE);
    const prompts = some.map(({ encoded }) => encoded.asked);
    const responses = some.map(({ row }) => row.response);
    const found = reward.score(prompts, responses);
    requireFiniteScores('reward', reward, 0, { prompts, responses, scores: found });
    scores.push(...found);
  }
  emit.progress({ ...work, done: items.length });
  return standardOf(scores);
}

/**
 * Opens the responses of a dataset for a method that learns from them in place of its own.
 * @param refreshValues values come from the critic as it is; otherwise from the critic as it started.
 */
export function openGivenResponses(
  context: OnlineContext,
  models: OnlineModels,
  rows: readonly GivenRow[],
  { refreshValues }: { readonly refreshValues: boolean },
): GivenResponses {
  const { rollouts, generation } = context.config;
  const { policy, reference, critic, padTokenId } = models;
  const asked =
    critic && !refreshValues ? { model: critic.model, weightsOf: keepInitialCritic(context, critic) } : critic;
  const parts = { name: 'score-given', policy, reference, critic: asked, temperature: generation.temperature };
  const score = createRolloutScorer(context.runtime, { ...parts, withPolicy: false });
  const items = rows.map((row): GivenItem => ({ row, encoded: toEncodedPrompt(row) }));
  const size = rollouts.chunkSize;
  return {
    count: rows.length,
    collect(indices) {
      const some = indices.map((index) => items[index]!);
      const prompts = some.map(({ encoded }) => encoded);
      const responseLength = bucketLength(Math.max(...some.map(({ row }) => row.responseIds.length)));
      const chunks = promptChunks(prompts, size, padTokenId).map((chunk, at) =>
        rolloutOf(some.slice(at * size, (at + 1) * size), chunk, score, { padTokenId, responseLength }),
      );
      return { rollout: joinRollouts(chunks, padTokenId), prompts: prompts.map(({ asked: prompt }) => prompt) };
    },
    standard: (reward) => measureScores(context, items, reward),
  };
}
