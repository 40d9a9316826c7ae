import type { ModelWeights } from '../model/weights.ts';
import { tf } from '../runtime/tf.ts';
import type { Tensor, TensorRecord } from '../runtime/types.ts';
import { decodeUntil, type GeneratorParts, type LoopInputs } from './generate-loop.ts';

/** Half a batch with fewer rows than this costs nearly as much per token as the whole. */
const FEWEST_ROWS = 16;
/** For shorter responses, the one-time cost of another loop exceeds what it saves. */
const FEWEST_TOKENS = 32;

/**
 * Whether a batch continues with half of its rows once the others have ended; without stop tokens, no row ends early.
 */
function isCompacted({ stopTokenIds, maxNewTokens }: GeneratorParts, rows: number): boolean {
  return stopTokenIds.length > 0 && maxNewTokens >= FEWEST_TOKENS && rows >= 2 * FEWEST_ROWS;
}

/** Some rows of a tensor. Shape: x [b, ..], rows int32 [n], result [n, ..]. */
function rowsOf(x: Tensor, rows: Tensor): Tensor {
  if (x.dtype !== 'bool') return tf.gather(x, rows);
  return (tf.gather(x.toInt(), rows) as Tensor).toBool();
}

/** `target` with some rows replaced. Shape: target [b, ..], rows int32 [n], values [n, ..]. */
function withRows(target: Tensor, rows: Tensor, values: Tensor): Tensor {
  const places = rows.expandDims(1);
  if (target.dtype !== 'bool') return tf.tensorScatterUpdate(target, places, values) as Tensor;
  return (tf.tensorScatterUpdate(target.toInt(), places, values.toInt()) as Tensor).toBool();
}

/** Every tensor's entries for some rows of the batch; scalars belong to all rows. Shape: rows int32 [n]. */
export function someRows(record: TensorRecord, rows: Tensor): TensorRecord {
  return Object.fromEntries(Object.entries(record).map(([name, x]) => [name, x.rank === 0 ? x : rowsOf(x, rows)]));
}

/** What decoding returns for each row. */
export const RESULTS = ['tokens', 'logprobs', 'lengths', 'stopped'];

/**
 * Decodes to the end, shrinking the batch to its live rows whenever half of it has ended: the loop stops there, and
 * another one continues with half the rows. Each row draws the same tokens as without shrinking; only rounding may
 * differ.
 * Shapes as in {@link decodeUntil}; returns tokens, logprobs, lengths and stopped.
 */
export function decodeCompacting(
  parts: GeneratorParts,
  weights: ModelWeights,
  state: TensorRecord,
  fixed: LoopInputs,
): TensorRecord {
  const limit = tf.scalar(parts.maxNewTokens, 'int32');
  const rows = fixed.keyMask.shape[0] as number;
  if (!isCompacted(parts, rows)) return decodeUntil(parts, weights, state, fixed, limit);
  const half = Math.ceil(rows / 2);
  const whole = decodeUntil(parts, weights, state, fixed, limit, half);
  const live = tf.topk(whole.alive!.toFloat() as never, half, true).indices as Tensor;
  const own = someRows({ ...fixed }, live) as unknown as LoopInputs;
  const rest = decodeCompacting(parts, weights, someRows(whole, live), own);
  return Object.fromEntries(RESULTS.map((name) => [name, withRows(whole[name]!, live, rest[name]!)]));
}
