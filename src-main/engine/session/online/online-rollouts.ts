import type { Rollout } from '../../records.ts';
import { type Collect, createCollector } from '../../rollout/collect-rollout.ts';
import { createGenerator, type Generator } from '../../rollout/generate.ts';
import { rowsAtOnce } from '../../rollout/generate-chunks.ts';
import { createRolloutScorer } from '../../rollout/score-rollout.ts';
import { takeRollout } from '../../rollout/take-rollout.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';
import type { RunStops } from '../run-stops.ts';
import type { OnlineContext, OnlineModels } from './online-models.ts';
import { type EncodedPrompt, promptChunks } from './online-prompts.ts';

export interface OnlineRollouts {
  /** One response per prompt; the run's seed and `round` determine every draw. */
  training(prompts: readonly EncodedPrompt[], round: number): Rollout;
  /**
   * The same with the policy's own forward pass: training log-probs, entropy, exact KL. An evaluation is the first draw;
   * further ones are independent of it.
   */
  evaluation(prompts: readonly EncodedPrompt[], draw?: number): Rollout;
}

/** A separate seed for each chunk of a run. */
export function callSeed(seed: number, round: number, chunk: number): number {
  return (seed * 1_000_003 + round * 4096 + chunk) % Number.MAX_SAFE_INTEGER;
}

const EVALUATION_ROUND = 0;

/**
 * Whether the sampler's own log-probs are log π_old of the entries: taken over the whole vocabulary, and one per entry.
 * A re-encoded token, or the entry after a response in the attention layout, was never sampled.
 */
function samplesWhatIsScored({ generation, rollouts }: OnlineContext['config']): boolean {
  const isWhole = generation.topK === 0 && generation.topP === 1 && generation.minNewTokens === 0;
  return isWhole && rollouts.responseMask === 'explicit' && !rollouts.reencodeResponses;
}

/** Creates the generators of a run: with the training settings, or always with the most likely token. */
export function samplerOf({ config, runtime }: OnlineContext, models: OnlineModels) {
  const { temperature, ...generation } = config.generation;
  const { policy, padTokenId, stops } = models;
  return (name: string, doSample: boolean): Generator =>
    createGenerator(runtime, {
      ...generation,
      name,
      model: policy.model,
      weightsOf: policy.weightsOf,
      temperature,
      isGreedy: !doSample,
      stopTokenIds: stops.stopTokenIds,
      padTokenId,
    });
}

/** How sampled ids become responses. */
export function cutRulesOf(
  tokenizer: Tokenizer,
  { stopTokenIds, stopStringsSee }: RunStops,
  stopStrings: readonly string[],
) {
  const decode = (ids: readonly number[]) => tokenizer.decode(ids, { skipSpecialTokens: true });
  const searched = stopStringsSee === 'text' ? decode : (ids: readonly number[]) => tokenizer.decode(ids);
  return { stopTokenIds, stopStrings, decode, searched };
}

/** Collectors for training and evaluation, with as few compiled steps as the settings allow. */
function openCollectors(context: OnlineContext, models: OnlineModels, withPolicy: boolean) {
  const { config, runtime } = context;
  const { generation, rollouts, evaluation } = config;
  const { padTokenId, policy, reference, critic } = models;
  const { tokenizer } = policy;
  const shared = { policy, reference, critic, temperature: generation.temperature };
  const scorer = (name: string, whole: boolean) => createRolloutScorer(runtime, { ...shared, name, withPolicy: whole });
  const sampler = samplerOf(context, models);
  const generate = sampler('generate', generation.doSample);
  const encode = (text: string) => tokenizer.encode(text, { addSpecialTokens: false });
  const parts = {
    cut: cutRulesOf(tokenizer, models.stops, generation.stopStrings),
    padTokenId,
    responseLength: generation.maxNewTokens,
    rowsAtOnce: (q: number) => rowsAtOnce(policy.model.config, q, generation.maxNewTokens),
  };
  return {
    training: createCollector({
      ...parts,
      generate,
      score: scorer('score', withPolicy),
      reencode: rollouts.reencodeResponses ? (text) => encode(text).slice(0, generation.maxNewTokens) : null,
      layout: rollouts.responseMask,
    }),
    evaluation: createCollector({
      ...parts,
      generate:
        evaluation.doSample === generation.doSample ? generate : sampler('generate-evaluation', evaluation.doSample),
      score: scorer('score-evaluation', true),
      reencode: null,
      layout: 'explicit',
    }),
  };
}

/** Sampling and scoring of an online run. `oldLogprobs`: training needs π_old from the training forward pass. */
export function openOnlineRollouts(
  context: OnlineContext,
  models: OnlineModels,
  needs: { readonly oldLogprobs: boolean },
): OnlineRollouts {
  const { seed, evaluation, rollouts } = context.config;
  const collectors = openCollectors(context, models, needs.oldLogprobs || !samplesWhatIsScored(context.config));

  function collect(by: Collect, prompts: readonly EncodedPrompt[], callsSeed: number, round: number): Rollout {
    const chunks = promptChunks(prompts, rollouts.chunkSize, models.padTokenId);
    const all = by(chunks, (chunk) => callSeed(callsSeed, round, chunk));
    if (chunks.length * rollouts.chunkSize === prompts.length) return all;
    return takeRollout(all, Array.from(prompts.keys()));
  }

  return {
    training: (prompts, round) => collect(collectors.training, prompts, seed, round),
    evaluation: (prompts, draw = 0) =>
      collect(collectors.evaluation, prompts, evaluation.seed, EVALUATION_ROUND + draw),
  };
}
