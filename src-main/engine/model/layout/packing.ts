import { moveRows, type RowMove } from '../../runtime/ops/move-rows.ts';
import { tf } from '../../runtime/tf.ts';
import type { Tensor } from '../../runtime/types.ts';
import type { PackedHost } from './pack-inputs.ts';
import { type Columns, takeColumnRows } from './wanted-columns.ts';

/** What a packed batch has beside ids and positions ({@link PackedHost}), inside a step. */
export type PackedInput = {
  readonly [Key in Exclude<keyof PackedHost, 'ids' | 'positions'>]?: Tensor;
};

function moveOf(there: Tensor | undefined, back: Tensor | undefined): RowMove | null {
  return there && back ? { there, back } : null;
}

/** How the rows of a layer, one for each token, go on. */
export interface LayerRows {
  /** The rows whose states are wanted. Shape: [b · t, w] to [m, w]. */
  readonly wanted: (rows: Tensor) => Tensor;
  /** The same of what attention gives, which is of the wanted columns alone where a batch has such. */
  readonly attended: (rows: Tensor) => Tensor;
}

/** Of every layer but the last, all rows; of the last those of the wanted columns, or a packed batch's wanted states. */
export function layerRows(input: PackedInput, columns: Columns | null, isLast: boolean, b: number): LayerRows {
  const same = (rows: Tensor) => rows;
  if (!isLast) return { wanted: same, attended: same };
  const states = moveOf(input.stateRows, input.rowStates);
  if (!states) return { wanted: (rows) => takeColumnRows(rows, columns, b), attended: same };
  const wanted = (rows: Tensor) => moveRows(rows, states, true);
  return { wanted, attended: wanted };
}

/** The wanted states' entries of an array by column. Shape: int32 [b, count] to [m], or all [b · count]. */
export function stateEntries(entries: Tensor, { stateColumns }: PackedInput): Tensor {
  const flat = entries.reshape([-1]);
  return stateColumns ? tf.gather(flat, stateColumns) : flat;
}

/**
 * Numbers of wanted states by column; an entry without a state has another's, which no loss counts.
 * Shape: [m] to [b, count].
 */
export function byColumn(numbers: Tensor, input: PackedInput, shape: readonly number[]): Tensor {
  const move = moveOf(input.columnStates, input.stateColumns);
  return (move ? moveRows(numbers, move) : numbers).reshape([...shape]);
}
