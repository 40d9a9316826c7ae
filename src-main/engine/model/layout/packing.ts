import { moveRows, type RowMove } from '../../runtime/ops/move-rows.ts';
import { tf } from '../../runtime/tf.ts';
import type { Tensor } from '../../runtime/types.ts';
import type { PackedHost } from './pack-inputs.ts';
import { type Columns, takeColumnRows } from './wanted-columns.ts';

/** Inputs of a packed batch in addition to ids and positions ({@link PackedHost}), inside a step. */
export type PackedInput = {
  readonly [Key in Exclude<keyof PackedHost, 'ids' | 'positions'>]?: Tensor;
};

function moveOf(there: Tensor | undefined, back: Tensor | undefined): RowMove | null {
  return there && back ? { there, back } : null;
}

/** Which rows of a layer, one per token, are passed on. */
export interface LayerRows {
  /** The rows whose states are wanted. Shape: [b · t, w] to [m, w]. */
  readonly wanted: (rows: Tensor) => Tensor;
  /** The same for the output of attention, which covers only the wanted columns if a batch selects columns. */
  readonly attended: (rows: Tensor) => Tensor;
}

/**
 * All rows in every layer but the last; in the last, those of the wanted columns, or a packed batch's wanted states.
 */
export function layerRows(input: PackedInput, columns: Columns | null, isLast: boolean, b: number): LayerRows {
  const same = (rows: Tensor) => rows;
  if (!isLast) return { wanted: same, attended: same };
  const states = moveOf(input.stateRows, input.rowStates);
  if (!states) return { wanted: (rows) => takeColumnRows(rows, columns, b), attended: same };
  const wanted = (rows: Tensor) => moveRows(rows, states, true);
  return { wanted, attended: wanted };
}

/**
 * Entries of an array by column that belong to the wanted states. Shape: int32 [b, count] to [m], or all [b · count].
 */
export function stateEntries(entries: Tensor, { stateColumns }: PackedInput): Tensor {
  const flat = entries.reshape([-1]);
  return stateColumns ? tf.gather(flat, stateColumns) : flat;
}

/**
 * Arranges the numbers of wanted states by column; an entry without a state gets another's, which no loss counts.
 * Shape: [m] to [b, count].
 */
export function byColumn(numbers: Tensor, input: PackedInput, shape: readonly number[]): Tensor {
  const move = moveOf(input.columnStates, input.stateColumns);
  return (move ? moveRows(numbers, move) : numbers).reshape([...shape]);
}
