import type { BoolHost, FloatHost, IntHost } from './runtime/host-tensor.ts';

/** A part of a message's content. Only text can be trained on. */
export interface TextPart {
  readonly type: 'text';
  readonly text: string;
  readonly [key: string]: unknown;
}

/** One turn of a conversation with every key that the row gives it, in the form that chat templates accept. */
export interface Message {
  readonly role: string;
  /** Absent or null in a turn without text, for example one that only calls tools. */
  readonly content?: string | readonly TextPart[] | null;
  /** `tool_calls`, `tool_call_id`, `name`, `reasoning_content`, and whatever else a template may read. */
  readonly [key: string]: unknown;
}

/** What a row gives the chat template besides its messages; the arguments of `apply_chat_template` in transformers. */
export interface TemplateInputs {
  readonly tools?: readonly unknown[];
  readonly documents?: readonly unknown[];
  /** Further variables by name (`chat_template_kwargs`). */
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** Standard (a string) or conversational (a list of turns). */
export type Text = string | readonly Message[];

/** Where a record came from; `line` counts from 1, the header included. */
export interface RecordOrigin {
  readonly file: string;
  readonly line: number;
}

export interface Prompt {
  readonly kind: 'prompt';
  readonly prompt: Text;
  /** The right answer, for rewards that check it. */
  readonly answer?: string;
  /** Only for conversations. */
  readonly template?: TemplateInputs;
  readonly origin: RecordOrigin;
}

/** What a response answers: a prompt with what the chat template reads besides it, and the right answer if known. */
export type AskedPrompt = Pick<Prompt, 'prompt' | 'template' | 'answer'>;

/** Text to imitate: language modeling has no prompt, prompt-completion has one. */
export interface Demonstration {
  readonly kind: 'demonstration';
  readonly prompt: Text | null;
  readonly completion: Text;
  /** Only for conversations. */
  readonly template?: TemplateInputs;
  readonly origin: RecordOrigin;
}

export interface Comparison {
  readonly kind: 'comparison';
  readonly prompt: Text;
  readonly chosen: Text;
  readonly rejected: Text;
  /** Only for conversations. */
  readonly template?: TemplateInputs;
  readonly origin: RecordOrigin;
}

/** A completion with a thumb up or down. */
export interface Judgment {
  readonly kind: 'judgment';
  readonly prompt: Text;
  readonly completion: Text;
  readonly label: boolean;
  /** Only for conversations. */
  readonly template?: TemplateInputs;
  readonly origin: RecordOrigin;
}

export type DataRecord = Prompt | Demonstration | Comparison | Judgment;

/** Token ids of one text; `trained` is true where the loss counts. Both have the same length. */
export interface TokenRow {
  readonly ids: readonly number[];
  readonly trained: readonly boolean[];
}

/** A padded batch. `attentionMask` is true on real tokens, `trainedMask` where the loss counts. */
export interface TokenBatch {
  /** [b, t] */
  readonly ids: IntHost;
  /** [b, t] */
  readonly attentionMask: BoolHost;
  /** [b, t] */
  readonly trainedMask: BoolHost;
}

/**
 * The result of one sampling batch. Prompts are padded on the left to q, responses on the right to r.
 * `responseMask` is true on stored entries only: the response's tokens and, when it ended on its own, its stop token.
 */
export interface Rollout {
  /** [b, q] */
  readonly promptIds: IntHost;
  /** [b, q] true on real tokens. */
  readonly promptMask: BoolHost;
  /** [b, r] */
  readonly responseIds: IntHost;
  /** [b, r] */
  readonly responseMask: BoolHost;
  /** [b, r] log π of the sampling pass, under the distribution that was sampled. */
  readonly samplingLogprobs: FloatHost;
  /**
   * [b, r] log π_old: of the training forward pass where the method (PPO) or an evaluation needs it, otherwise of the
   * sampling pass.
   */
  readonly oldLogprobs: FloatHost;
  /** [b, r] log π_init. */
  readonly refLogprobs: FloatHost;
  /** [b, r] exact KL(π_old || π_init) at each entry, without sampling at each entry; null where it was not computed. */
  readonly exactKl: FloatHost | null;
  /** [b, r] entropy of π_old at each entry, in nats; null where it was not computed. */
  readonly entropy: FloatHost | null;
  /** [b, r] the critic's values; null for a method without a critic. */
  readonly values: FloatHost | null;
  /** [b] true when the response ended with a stop token or stop string, false when it was truncated. */
  readonly endedByStop: readonly boolean[];
  readonly prompts: readonly string[];
  readonly responses: readonly string[];
}

export interface RewardedRollout extends Rollout {
  /** [b] raw scores of the reward. */
  readonly scores: FloatHost;
  /** [b] scores after scaling and clipping. */
  readonly scaledScores: FloatHost;
  /** [b, r] per-entry rewards. */
  readonly rewards: FloatHost;
}

export interface AdvantageBatch extends RewardedRollout {
  /** [b, r] as they enter the loss (raw, scaled or whitened). */
  readonly advantages: FloatHost;
  /** [b, r] before scaling. */
  readonly rawAdvantages: FloatHost;
  /** [b, r] what the critic learns; null for a method without a critic. */
  readonly returns: FloatHost | null;
}

/** Statistics of the updates applied in one iteration, by the names in their reports. */
export interface UpdateStatistics {
  /** Undefined where no report has the name. */
  mean(name: string): number | undefined;
  largest(name: string): number | undefined;
  /** Mean of a quantity that each report provides. */
  meanOf(quantity: (report: UpdateReport) => number): number | undefined;
  /** With divisor n - 1; 0 for a single update. */
  variance(name: string): number | undefined;
}

/** Scalar values of one optimizer step, by metric key. */
export type UpdateReport = Readonly<Record<string, number>>;
