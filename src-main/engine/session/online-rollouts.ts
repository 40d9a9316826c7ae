import type { Rollout } from '../records.ts';
import { type Collect, createCollector } from '../rollout/collect-rollout.ts';
import { createGenerator } from '../rollout/generate.ts';
import { createRolloutScorer } from '../rollout/score-rollout.ts';
import { takeRollout } from '../rollout/take-rollout.ts';
import type { OnlineContext, OnlineModels } from './online-models.ts';
import { type EncodedPrompt, promptChunks } from './online-prompts.ts';

export interface OnlineRollouts {
  /** Replies to the prompts, one each; `stream` and `round` decide every draw. */
  training(prompts: readonly EncodedPrompt[], round: number): Rollout;
  /** The same with the policy's own forward: training log-probs, entropy, exact KL. */
  evaluation(prompts: readonly EncodedPrompt[]): Rollout;
}

/** A seed of its own for each generation call of a run. */
function callSeed(seed: number, round: number, chunk: number): number {
  return (seed * 1_000_003 + round * 4096 + chunk) % Number.MAX_SAFE_INTEGER;
}

const EVALUATION_ROUND = 0;

/** Sampling and scoring of an online run, as few compiled steps as its settings need. */
export function openOnlineRollouts(
  context: OnlineContext,
  models: OnlineModels,
  needs: { readonly oldLogprobs: boolean },
): OnlineRollouts {
  const { config, runtime } = context;
  const { generation, rollouts } = config;
  const { policy, critic, padTokenId, stopTokenIds } = models;
  const { tokenizer } = policy;
  const { maxNewTokens, topK, topP } = generation;
  const sampler = (name: string, doSample: boolean) =>
    createGenerator(runtime, {
      name,
      model: policy.model,
      prefix: 'policy',
      maxNewTokens,
      temperature: doSample ? generation.temperature : 0,
      topK,
      topP,
      stopTokenIds,
      minNewTokens: generation.minNewTokens,
      padTokenId,
    });
  const scorer = (name: string, withPolicy: boolean) =>
    createRolloutScorer(runtime, {
      name,
      policy: policy.model,
      critic: critic.model,
      withPolicy,
      temperature: generation.temperature,
    });
  const decode = (ids: readonly number[]) => tokenizer.decode(ids, { skipSpecialTokens: true });
  const shared = {
    cut: { stopTokenIds, stopStrings: generation.stopStrings, decode },
    padTokenId,
    responseLength: maxNewTokens,
    reencode: rollouts.reencodeResponses
      ? (text: string) => tokenizer.encode(text, { addSpecialTokens: false }).slice(0, maxNewTokens)
      : null,
    layout: rollouts.responseMask,
  };
  const generate = sampler('generate', generation.doSample);
  const evaluating =
    config.evaluation.doSample === generation.doSample
      ? generate
      : sampler('generate-evaluation', config.evaluation.doSample);
  const train = createCollector({ ...shared, generate, score: scorer('score', needs.oldLogprobs) });
  const evaluate = createCollector({
    ...shared,
    reencode: null,
    layout: 'explicit',
    generate: evaluating,
    score: scorer('score-evaluation', true),
  });

  function collect(by: Collect, prompts: readonly EncodedPrompt[], seed: number, round: number): Rollout {
    const chunks = promptChunks(prompts, rollouts.chunkSize, padTokenId);
    const all = by(chunks, (chunk) => callSeed(seed, round, chunk));
    const surplus = chunks.length * rollouts.chunkSize - prompts.length;
    return surplus === 0
      ? all
      : takeRollout(
          all,
          Array.from({ length: prompts.length }, (_, row) => row),
        );
  }

  return {
    training: (prompts, round) => collect(train, prompts, config.seed, round),
    evaluation: (prompts) => collect(evaluate, prompts, config.evaluation.seed, EVALUATION_ROUND),
  };
}
