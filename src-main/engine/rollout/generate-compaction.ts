import type { ModelWeights } from '../model/weights.ts';
import { tf } from '../runtime/tf.ts';
import type { Tensor, TensorRecord } from '../runtime/types.ts';
import { decodeUntil, type GeneratorParts, type LoopInputs } from './generate-loop.ts';

/** A half of fewer rows costs nearly as much a token as the whole. */
const FEWEST_ROWS = 16;
/** For shorter responses a loop of its own costs more, once, than it saves. */
const FEWEST_TOKENS = 32;

/** Whether a batch goes on with half of its rows once the others have ended; where nothing stops a row, none ends. */
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

/** What decoding leaves of each row. */
export const RESULTS = ['tokens', 'logprobs', 'lengths', 'stopped'];

/**
 * Decodes to the end, the batch shrinking to its live rows whenever half of it has ended: the loop stops there, and
 * another one goes on with half the rows. Each row draws what it would have drawn; only rounding may differ.
 * Shapes as in {@link decodeUntil}; gives tokens, logprobs, lengths and stopped.
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
