import { moveRows, type RowMove } from '../runtime/ops/move-rows.ts';
import { tf } from '../runtime/tf.ts';
import type { Tensor } from '../runtime/types.ts';
import type { PackedHost } from './pack-inputs.ts';
import { type Columns, takeColumnRows } from './wanted-columns.ts';

/** {@link PackedHost} inside a step. */
export type PackedInput = { readonly [Key in keyof PackedHost]?: Tensor };

function moveOf(there: Tensor | undefined, back: Tensor | undefined): RowMove | null {
  return there && back ? { there, back } : null;
}

function inverse({ there, back }: RowMove): RowMove {
  return { there: back, back: there };
}

/** From the wanted columns to their states; null where each column has a state of its own. */
function statesMove(input: PackedInput, columns: Columns | null): RowMove | null {
  if (columns) return moveOf(input.stateColumns, input.columnStates);
  return moveOf(input.rowColumns, input.columnRows);
}

/** How the rows of a layer lie to the columns of its attention: one for each, or of a packed batch one for each token kept. */
export interface LayerRows {
  /** Shape: [n, w] to [b · t, w]. */
  readonly toColumns: (rows: Tensor) => Tensor;
  /** What attention gives, of the wanted columns alone where there are such. Shape: [b · count, w] to [m, w]. */
  readonly fromColumns: (columns: Tensor) => Tensor;
  /** The rows that {@link fromColumns} gives. Shape: [n, w] to [m, w]. */
  readonly wanted: (rows: Tensor) => Tensor;
}

/** The rows of a layer that goes on with the wanted columns, null for all. */
export function layerRows(input: PackedInput, columns: Columns | null, b: number): LayerRows {
  const sequence = moveOf(input.rowColumns, input.columnRows);
  if (!sequence) {
    const same = (x: Tensor) => x;
    return { toColumns: same, fromColumns: same, wanted: (rows) => takeColumnRows(rows, columns, b) };
  }
  const states = statesMove(input, columns);
  const own = columns ? moveOf(input.stateRows, input.rowStates) : null;
  return {
    toColumns: (rows) => moveRows(rows, inverse(sequence)),
    fromColumns: (all) => (states ? moveRows(all, states) : all),
    wanted: (rows) => (own ? moveRows(rows, own, true) : rows),
  };
}

/** What embeds a batch: [b · t], or [n] of a packed one. Shape: entries int32 [b, t]. */
export function rowEntries(entries: Tensor, input: PackedInput): Tensor {
  const flat = entries.reshape([-1]);
  return input.rowColumns ? tf.gather(flat, input.rowColumns as ReturnType<typeof tf.tensor1d>, 0) : flat;
}

/** The states' entries of an array by wanted column. Shape: int32 [b, count] to [m]. */
export function stateEntries(entries: Tensor, input: PackedInput, columns: Columns | null): Tensor {
  const flat = entries.reshape([-1]);
  const move = statesMove(input, columns);
  return move ? tf.gather(flat, move.there as ReturnType<typeof tf.tensor1d>, 0) : flat;
}

/**
 * Numbers of states by wanted column; a column without a state has that of some padding, which no loss counts.
 * Shape: [m] to [b, count].
 */
export function byColumn(numbers: Tensor, input: PackedInput, columns: Columns | null, b: number): Tensor {
  const move = statesMove(input, columns);
  return (move ? moveRows(numbers, inverse(move)) : numbers).reshape([b, -1]);
}
