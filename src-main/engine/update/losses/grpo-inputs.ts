import type { Tensor } from '../../runtime/types.ts';

/** What each loss type divides by: TRL GRPOConfig.loss_type. */
export type GrpoLossType = 'grpo' | 'dr_grpo' | 'bnpo' | 'dapo' | 'cispo';

export interface GrpoSettings {
  readonly lossType: GrpoLossType;
  readonly importanceSamplingLevel: 'token' | 'sequence';
  /** ε_low. */
  readonly epsilon: number;
  /** ε_high; for `cispo`, the largest weight. */
  readonly epsilonHigh: number;
  /** Whether the KL of an entry is weighted by its probability ratio. */
  readonly useBiasCorrectionKl: boolean;
  /** Weight of the mean entropy; 0 for no bonus. */
  readonly entropyCoef: number;
  /** Number of responses in a whole minibatch. */
  readonly rows: number;
  /** Maximum length of a response, in tokens. */
  readonly maxCompletionLength: number;
}

export interface GrpoInputs {
  /** log π_θ of the sampled entries. */
  readonly logprobs: Tensor;
  /** log π_old of the same entries. */
  readonly oldLogprobs: Tensor;
  /** log π_init of the same entries. */
  readonly refLogprobs: Tensor;
  /** Entropy of π_θ at each entry. */
  readonly entropy: Tensor;
  readonly advantages: Tensor;
  /** True on entries that are learned from. */
  readonly responseMask: Tensor;
  /** β, a scalar. */
  readonly beta: Tensor;
  /** Mean number of true entries of a minibatch of the collection, a scalar; for `dapo` and `cispo`. */
  readonly items: Tensor;
  /** Number of true entries in the whole minibatch if this is a part of it, a scalar. */
  readonly entries?: Tensor;
}
