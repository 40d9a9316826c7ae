import { type BoolHost, type IntHost, int32 } from '../runtime/host-tensor.ts';
import type { Columns } from './wanted-columns.ts';

/**
 * Where the tokens of a packed batch lie: its dense layers compute n rows of b · t columns and leave most of the padding
 * out; attention has the columns. Absent where a batch has too little padding to gain.
 */
export interface PackedHost {
  /** int32 [n]: the column of each row. */
  readonly rowColumns?: IntHost;
  /** int32 [b · t]: the row of each column; of one left out some padding's. */
  readonly columnRows?: IntHost;
  /** The same of the wanted states among the wanted columns: int32 [m] and [b · count]. */
  readonly stateColumns?: IntHost;
  readonly columnStates?: IntHost;
  /** int32 [m]: the row of each state. */
  readonly stateRows?: IntHost;
  /** int32 [n]: the state of each row; m for a row that is no wanted state. */
  readonly rowStates?: IntHost;
}

export interface PackedFrom {
  /** bool [b, t] */
  readonly attentionMask: BoolHost;
  /** The columns whose states are wanted; without them all. */
  readonly columns?: Columns;
  /** bool [b, count]: which of these states matter; without it all. */
  readonly stateMask?: BoolHost;
}

/** Rows come in sixteenths of the batch: each number of them is compiled once, so there must be few. */
const PARTS = 16;
/** From here on moving rows costs what leaving the rest out saves. */
const MOST_PARTS = 14;

/** Sixteenths of `length` entries that hold all true ones and one more, which stands for what is left out. */
function partsFor(kept: Uint8Array): number {
  const count = kept.reduce((sum, bit) => sum + bit, 0);
  return Math.ceil(((count + 1) * PARTS) / kept.length);
}

interface Kept {
  readonly places: Int32Array;
  /** Of what is left out: the last one kept, which is none of the true ones. */
  readonly indices: Int32Array;
}

/** All true entries and so many others that there are `count`, in the order of the entries but the last. */
function keep(needed: Uint8Array, count: number): Kept {
  let others = count - needed.reduce((sum, bit) => sum + bit, 0);
  const places = new Int32Array(count);
  const indices = new Int32Array(needed.length).fill(-1);
  let next = 0;
  let lastOther = -1;
  needed.forEach((bit, place) => {
    if (!bit && others <= 0) return;
    if (!bit) {
      others -= 1;
      lastOther = next;
    }
    places[next] = place;
    indices[place] = next;
    next += 1;
  });
  return { places, indices: indices.map((index) => (index < 0 ? lastOther : index)) };
}

/** Columns whose rows are needed: those attended to, and those of wanted states. */
function neededColumns({ attentionMask, columns, stateMask }: PackedFrom): Uint8Array {
  const needed = Uint8Array.from(attentionMask.data);
  if (!columns) return needed;
  const [b, t] = attentionMask.shape as [number, number];
  for (let row = 0; row < b; row++) {
    for (let index = 0; index < columns.count; index++) {
      if (stateMask && !stateMask.data[row * columns.count + index]) continue;
      needed[row * t + columns.from + index] = 1;
    }
  }
  return needed;
}

function statesOf(sequence: Kept, places: Int32Array, columns: Columns, t: number) {
  const stateRows = places.map((place) => {
    const column = Math.floor(place / columns.count) * t + columns.from + (place % columns.count);
    return sequence.indices[column]!;
  });
  const rowStates = new Int32Array(sequence.places.length).fill(places.length);
  stateRows.forEach((row, state) => {
    rowStates[row] = state;
  });
  return { stateRows: int32(stateRows, [stateRows.length]), rowStates: int32(rowStates, [rowStates.length]) };
}

/**
 * The places of a batch's tokens, packed so that its padding is left out of the dense layers; nothing where that gains too
 * little. The mask alone decides, so that a run is packed alike everywhere.
 */
export function packInputs(from: PackedFrom): PackedHost {
  const { columns, stateMask } = from;
  const [b, t] = from.attentionMask.shape as [number, number];
  const needed = neededColumns(from);
  const parts = Math.max(partsFor(needed), stateMask ? partsFor(stateMask.data) : 1);
  if (parts > MOST_PARTS) return {};
  const sequence = keep(needed, Math.ceil((b * t * parts) / PARTS));
  const rows = {
    rowColumns: int32(sequence.places, [sequence.places.length]),
    columnRows: int32(sequence.indices, [b * t]),
  };
  if (!columns) return rows;
  const all = Int32Array.from({ length: b * columns.count }, (_, place) => place);
  if (!stateMask) return { ...rows, ...statesOf(sequence, all, columns, t) };
  const states = keep(stateMask.data, Math.ceil((b * columns.count * parts) / PARTS));
  return {
    ...rows,
    stateColumns: int32(states.places, [states.places.length]),
    columnStates: int32(states.indices, [b * columns.count]),
    ...statesOf(sequence, states.places, columns, t),
  };
}
