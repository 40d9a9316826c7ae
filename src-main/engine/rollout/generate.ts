import { KeelError } from '#contract/errors.ts';
import type { LanguageModel } from '../model/language-model.ts';
import { networkPlan } from '../model/network-plan.ts';
import type { ModelWeights } from '../model/weights.ts';
import type { BoolHost, FloatHost, IntHost } from '../runtime/host-tensor.ts';
import type { StepPlan } from '../runtime/remote-step.ts';
import type { Runtime, TensorRecord } from '../runtime/types.ts';
import { generateBeside } from './generate-beside.ts';
import type { GeneratorParts } from './generate-loop.ts';
import { joinedUniforms } from './generate-uniforms.ts';
import { positionsOf } from './sequence-inputs.ts';

export type { GeneratorParts } from './generate-loop.ts';

export interface GenerationResult {
  /** [b, r] new tokens, the stop token included, then padding. */
  readonly ids: IntHost;
  /** [b] number of new tokens of each row, the stop token included. */
  readonly lengths: IntHost;
  /** [b, r] log-probability of each token under the sampling distribution; 0 on padding. */
  readonly logprobs: FloatHost;
  /** [b] true where a stop token ended the row. */
  readonly endedByStop: readonly boolean[];
}

/** Both are [b, q], padded on the left. */
export interface PaddedPrompts {
  readonly ids: IntHost;
  readonly attentionMask: BoolHost;
}

/**
 * One seed decides every draw; several seeds split the rows into equal parts, each with the same draws as it would have
 * alone. One compiled graph per (b, q).
 */
export type Generator = (prompts: PaddedPrompts, seed: number | readonly number[]) => GenerationResult;

/** @throws KeelError `context_exceeded` if a model with a position table would exceed it. */
export function checkContext(model: LanguageModel, attentionMask: BoolHost, maxNewTokens: number): void {
  const { contextLength, contextIsHard } = model.config;
  const [rows, q] = attentionMask.shape as [number, number];
  if (!contextIsHard || q + maxNewTokens <= contextLength) return;
  for (let row = 0; row < rows; row++) {
    const tokens = attentionMask.data.subarray(row * q, (row + 1) * q).reduce((sum, bit) => sum + bit, 0);
    if (tokens + maxNewTokens <= contextLength) continue;
    throw new KeelError({
      code: 'context_exceeded',
      why:
        `A prompt of ${tokens} tokens plus ${maxNewTokens} new tokens exceeds the model's limit of ${contextLength} ` +
        'positions.',
      fix: 'Shorten the prompt or request fewer new tokens.',
    });
  }
}

function generateInside(
  parts: GeneratorParts,
  weights: ModelWeights,
  inputs: TensorRecord,
  { device }: Runtime,
): TensorRecord {
  const { tokens, lengths, logprobs, stopped } = generateBeside(parts, weights, inputs, device);
  return { ids: tokens!.toInt(), lengths: lengths!, logprobs: logprobs!, stopped: stopped! };
}

function planOf(parts: GeneratorParts): StepPlan {
  const { temperature, isGreedy = false, topK, topP, minNewTokens = 0, stopTokenIds, padTokenId } = parts;
  const policy = networkPlan(parts);
  return { kind: 'generate', policy, temperature, isGreedy, topK, topP, minNewTokens, stopTokenIds, padTokenId };
}

/**
 * A sampler as one compiled step: the forward pass of the prompts, then a loop with a key/value cache that ends early
 * once every row has ended and continues with half the rows once the others have ended; if each operation has one
 * thread, parts of the rows are computed in parallel. The same seed and prompts give the same tokens.
 * @throws KeelError `context_exceeded` if a model with a position table would exceed it.
 */
export function createGenerator(runtime: Runtime, parts: GeneratorParts): Generator {
  const step = runtime.compile(
    parts.name,
    (variables, inputs) => generateInside(parts, parts.weightsOf(variables.weights()), inputs, runtime),
    { plan: planOf(parts) },
  );
  return ({ ids, attentionMask }, seed) => {
    checkContext(parts.model, attentionMask, parts.maxNewTokens);
    const seeds = typeof seed === 'number' ? [seed] : seed;
    const uniforms = joinedUniforms(seeds, ids.shape[0] as number, parts.maxNewTokens);
    const outputs = step({ ids, attentionMask, positions: positionsOf(attentionMask), uniforms });
    return {
      ids: outputs.ids as IntHost,
      lengths: outputs.lengths as IntHost,
      logprobs: outputs.logprobs as FloatHost,
      endedByStop: Array.from(outputs.stopped!.data, Boolean),
    };
  };
}
