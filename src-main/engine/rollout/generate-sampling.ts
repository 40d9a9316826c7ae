import { embeddingLookup } from '../runtime/ops/embedding-lookup.ts';
import { tf } from '../runtime/tf.ts';
import type { Tensor } from '../runtime/types.ts';

export interface SamplingSettings {
  /** Divisor of the logits; 0 selects the most probable token. */
  readonly temperature: number;
  /**
   * Selects the most probable token, and reports its log-probability at the temperature. Default: at temperature 0
   * only.
   */
  readonly isGreedy?: boolean;
  /** Samples from the k most probable tokens only; 0 for all. */
  readonly topK: number;
  /**
   * Samples from the smallest set of most probable tokens that holds this probability; 1 for all. Applied after `topK`.
   */
  readonly topP: number;
}

/** Far below any logit, but finite: its exponential is 0 and nothing becomes NaN. */
const NEVER = -1e30;

/** The lowest allowed logit, [b, 1]. Tokens that tie with it stay allowed, as in transformers. */
function threshold(scaled: Tensor, { topK, topP }: SamplingSettings): Tensor {
  const width = scaled.shape[1] as number;
  const kept = topK > 0 ? Math.min(topK, width) : width;
  const sorted = tf.topk(scaled as never, kept, true).values as Tensor;
  if (topP >= 1) return tf.slice(sorted, [0, kept - 1], [-1, 1]);
  const before = tf.cumsum(tf.softmax(sorted, -1), 1, true);
  return tf.min(tf.where(tf.less(before, topP), sorted, tf.fill(sorted.shape, -NEVER)), 1, true);
}

function atTemperature(logits: Tensor, temperature: number): Tensor {
  return temperature === 0 || temperature === 1 ? logits : tf.div(logits, temperature);
}

/** Logits of the sampling distribution. Shape: [b, v] to [b, v]. */
export function sampledLogits(logits: Tensor, settings: SamplingSettings): Tensor {
  const scaled = atTemperature(logits, settings.temperature);
  if (settings.topK <= 0 && settings.topP >= 1) return scaled;
  const allowed = tf.greaterEqual(scaled, threshold(scaled, settings));
  return tf.where(allowed, scaled, tf.fill(scaled.shape, NEVER));
}

/** The entry of each row at a column. Shape: x [b, n], columns int32 [b], result [b]. */
function entryOf(x: Tensor, columns: Tensor): Tensor {
  const [b, n] = x.shape as [number, number];
  const places = tf.add(tf.range(0, b * n, n, 'int32'), columns);
  return embeddingLookup(x.reshape([b * n, 1]), places).reshape([b]);
}

/** First column whose running sum exceeds uniform · total. Shape: shares [b, n] >= 0, uniforms [b], result int32 [b]. */
function invert(shares: Tensor, uniforms: Tensor): Tensor {
  const running = tf.cumsum(shares, 1);
  const n = shares.shape[1] as number;
  const total = tf.slice(running, [0, n - 1], [-1, 1]);
  const target = tf.mul(uniforms.expandDims(1), total);
  return tf.sum(tf.lessEqual(running, target).toInt(), 1).toInt();
}

export interface Sampled {
  /** int32 [b] */
  readonly tokens: Tensor;
  /**
   * [b] log-probability under the sampling distribution; greedy: under softmax(logits / temperature), at 0
   * softmax(logits).
   */
  readonly logprobs: Tensor;
}

/**
 * Draws one token per row by inverting the cumulative distribution in two stages, block and token within the block:
 * sums stay short, so that even a token of probability 1e-9 keeps its probability in float32.
 * Shape: logits [b, v], uniforms [b, 2].
 */
export function sampleTokens(logits: Tensor, uniforms: Tensor, settings: SamplingSettings): Sampled {
  const [b, v] = logits.shape as [number, number];
  const greedy = settings.isGreedy || settings.temperature === 0;
  const scaled = greedy ? atTemperature(logits, settings.temperature) : sampledLogits(logits, settings);
  const shares = tf.softmax(scaled, -1);
  const tokens = greedy ? tf.argMax(logits, 1).toInt() : drawTokens(shares, uniforms, b, v);
  return { tokens, logprobs: tf.log(entryOf(shares, tokens)) };
}

function drawTokens(shares: Tensor, uniforms: Tensor, b: number, v: number): Tensor {
  const size = Math.ceil(Math.sqrt(v));
  const blocks = Math.ceil(v / size);
  const padded = tf.pad(shares, [
    [0, 0],
    [0, blocks * size - v],
  ]);
  const byBlock = padded.reshape([b, blocks, size]);
  const [first, second] = tf.split(uniforms, 2, 1) as [Tensor, Tensor];
  const block = invert(tf.sum(byBlock, 2), first.reshape([b]));
  const rows = tf.add(tf.range(0, b * blocks, blocks, 'int32'), block);
  const within = invert(embeddingLookup(byBlock.reshape([b * blocks, size]), rows), second.reshape([b]));
  return tf.add(tf.mul(block, tf.scalar(size, 'int32')), within);
}
