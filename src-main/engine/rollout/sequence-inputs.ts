import type { BoolHost, IntHost } from '../runtime/host-tensor.ts';
import { bool, int32 } from '../runtime/host-tensor.ts';

/** Prompt and response as one sequence, in the form of a model's forward pass. All are [b, q + r]. */
export interface SequenceInputs {
  readonly ids: IntHost;
  readonly attentionMask: BoolHost;
  readonly positions: IntHost;
}

function beside<D extends Int32Array | Uint8Array>(left: D, q: number, right: D, r: number, result: D): D {
  const rows = q === 0 ? right.length / r : left.length / q;
  for (let row = 0; row < rows; row++) {
    result.set(left.subarray(row * q, (row + 1) * q) as never, row * (q + r));
    result.set(right.subarray(row * r, (row + 1) * r) as never, row * (q + r) + q);
  }
  return result;
}

/** cumsum(attentionMask) - 1, at least 0: positions without padding. Shape [b, t]. */
export function positionsOf(attentionMask: BoolHost): IntHost {
  const [rows, width] = attentionMask.shape as [number, number];
  const positions = new Int32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    let seen = 0;
    for (let column = row * width; column < (row + 1) * width; column++) {
      seen += attentionMask.data[column]!;
      positions[column] = Math.max(seen - 1, 0);
    }
  }
  return int32(positions, [rows, width]);
}

/** Joins prompts [b, q] and responses [b, r]; entries that are not stored are not attended to. */
export function sequenceInputs(
  prompt: { readonly ids: IntHost; readonly attentionMask: BoolHost },
  responseIds: IntHost,
  responseMask: BoolHost,
): SequenceInputs {
  const [rows, q] = prompt.ids.shape as [number, number];
  const r = responseIds.shape[1]!;
  const shape = [rows, q + r];
  const ids = beside(prompt.ids.data, q, responseIds.data, r, new Int32Array(rows * (q + r)));
  const attended = beside(prompt.attentionMask.data, q, responseMask.data, r, new Uint8Array(rows * (q + r)));
  const attentionMask = bool(attended, shape);
  return { ids: int32(ids, shape), attentionMask, positions: positionsOf(attentionMask) };
}
