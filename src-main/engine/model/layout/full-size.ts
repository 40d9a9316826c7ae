import { type HostTensor, int32 } from '../../runtime/host-tensor.ts';
import type { HostRecord } from '../../runtime/types.ts';

/** Extends an array with a fill value. Shape: [n] to [length], or to `shape`. */
function extended({ data }: HostTensor, fill: number, length: number, shape: readonly number[] = [length]): HostTensor {
  const more = new Int32Array(length).fill(fill);
  more.set(data);
  return int32(more, shape);
}

/**
 * A packed step's inputs, extended to as many rows and states as the padded batch has: this needs the memory of a batch
 * without padding, while losses and gradients are those of the packed batch. Null if the inputs are not packed.
 * Shape: attentionMask [b, t]; arrays as returned by `packInputs`.
 */
export function atFullSize(inputs: HostRecord): HostRecord | null {
  const { ids, positions, segments, stateRows, rowStates, stateColumns, columnStates } = inputs;
  if (!ids || !positions || !segments || !stateRows || !rowStates) return null;
  const shape = inputs.attentionMask!.shape;
  const places = shape[0]! * shape[1]!;
  const m = stateRows.data.length;
  const states = columnStates?.data.length ?? m;
  const renumbered = int32(
    Int32Array.from(rowStates.data, (state) => (state === m ? states : state)),
    rowStates.shape,
  );
  const grown = {
    ...inputs,
    ids: extended(ids, 0, places, shape),
    positions: extended(positions, 0, places, shape),
    segments: extended(segments, 0, places, shape),
    rowStates: extended(renumbered, states, places),
    stateRows: extended(stateRows, 0, states),
  };
  if (!stateColumns || !columnStates) return grown;
  // An omitted entry shares its state with another entry that no loss counts, so it contributes no gradient.
  const uncounted = columnStates.data.find((state, entry) => stateColumns.data[state] !== entry);
  const from = uncounted === undefined ? 0 : stateColumns.data[uncounted]!;
  return { ...grown, stateColumns: extended(stateColumns, from, states) };
}
