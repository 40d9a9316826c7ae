import { positionsOf } from '../../rollout/sequence-inputs.ts';
import type { BoolHost, IntHost } from '../../runtime/host-tensor.ts';
import { padRows } from '../../tokenizer/rows/pad-rows.ts';

/** Input of a model's forward pass. All are [b, t]. */
export interface ForwardBatch {
  readonly ids: IntHost;
  readonly attentionMask: BoolHost;
  readonly positions: IntHost;
}

/**
 * Rows of ids as a batch of a fixed shape. Missing rows repeat the first one: a row without tokens would attend to
 * nothing.
 */
export function padBatch(
  rows: readonly (readonly number[])[],
  shape: { readonly rows: number; readonly length: number; readonly side: 'left' | 'right' },
): ForwardBatch {
  const filled = Array.from({ length: shape.rows }, (_, index) => rows[index] ?? rows[0] ?? [0]);
  const tokenRows = filled.map((ids) => ({ ids, trained: [] }));
  const { ids, attentionMask } = padRows(tokenRows, { padTokenId: 0, side: shape.side, length: shape.length });
  return { ids, attentionMask, positions: positionsOf(attentionMask) };
}
