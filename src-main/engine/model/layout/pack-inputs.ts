import { type BoolHost, type IntHost, int32 } from '../../runtime/host-tensor.ts';
import { type Placement, placeSequences, type TokenRun, tokenRuns } from './place-sequences.ts';
import type { Columns } from './wanted-columns.ts';

/**
 * Number of different packed sizes: each is compiled once, so there must be few. A forward pass costs a third of an
 * update and takes nearly as long to compile.
 */
const PACKED_SIZES = { update: 8, forward: 4 } as const;

/** The purpose of a packed batch. */
export type PackedUse = keyof typeof PACKED_SIZES;

/** A padded batch, and the states that are wanted. */
export interface PaddedBatch {
  /** int32 [b, t] */
  readonly ids: IntHost;
  /** bool [b, t] */
  readonly attentionMask: BoolHost;
  readonly columns: Columns;
  /** bool [b, count]: which states of these columns are wanted; null for all. */
  readonly stateMask: BoolHost | null;
  readonly use: PackedUse;
}

/** The same tokens in fewer rows, with several sequences per row; c of the b rows remain. */
export interface PackedHost {
  /** int32 [c, t] */
  readonly ids: IntHost;
  /** int32 [c, t]: each token's position in its own sequence. */
  readonly positions: IntHost;
  /** int32 [c, t]: the number of each token's sequence, from 1; 0 for padding. A token sees only its own sequence. */
  readonly segments: IntHost;
  /** int32 [m]: positions of the wanted states among the c · t tokens. */
  readonly stateRows: IntHost;
  /** int32 [c · t]: the inverse; m for a token whose state is not wanted. */
  readonly rowStates: IntHost;
  /**
   * int32 [m] and [b · count]: the entries of `stateMask` that the states belong to, and the inverse. Absent if all
   * states are computed.
   */
  readonly stateColumns?: IntHost;
  readonly columnStates?: IntHost;
}

function countTrue(bits: Uint8Array): number {
  return bits.reduce((sum, bit) => sum + bit, 0);
}

interface Kept {
  readonly places: Int32Array;
  readonly indices: Int32Array;
}

/** All true entries, filled up with other entries to `count`; an omitted entry gets the index of one of the others. */
function keep(wanted: Uint8Array, count: number): Kept {
  let others = count - countTrue(wanted);
  const places = new Int32Array(count);
  const indices = new Int32Array(wanted.length).fill(-1);
  let next = 0;
  let lastOther = -1;
  wanted.forEach((bit, place) => {
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

function tokensOf({ ids }: PaddedBatch, runs: readonly TokenRun[], { starts }: Placement, rows: number) {
  const t = ids.shape[1]!;
  const packed = {
    ids: new Int32Array(rows * t),
    positions: new Int32Array(rows * t),
    segments: new Int32Array(rows * t),
  };
  runs.forEach(({ from, length }, row) => {
    const at = starts[row]!;
    packed.ids.set(ids.data.subarray(row * t + from, row * t + from + length), at);
    for (let index = 0; index < length; index++) packed.positions[at + index] = index;
    packed.segments.fill(row + 1, at, at + length);
  });
  const shape = [rows, t];
  return {
    ids: int32(packed.ids, shape),
    positions: int32(packed.positions, shape),
    segments: int32(packed.segments, shape),
  };
}

/** Positions of the states; null if a wanted one does not belong to a token. */
function statesOf(
  batch: PaddedBatch,
  runs: readonly TokenRun[],
  { starts }: Placement,
  kept: Kept | null,
  places: number,
) {
  const { columns, stateMask } = batch;
  const m = kept?.places.length ?? runs.length * columns.count;
  const stateRows = new Int32Array(m);
  const rowStates = new Int32Array(places).fill(m);
  for (let state = 0; state < m; state++) {
    const entry = kept?.places[state] ?? state;
    if (stateMask && !stateMask.data[entry]) continue;
    const row = Math.floor(entry / columns.count);
    const { from, length } = runs[row]!;
    const token = columns.from + (entry % columns.count) - from;
    if (token < 0 || token >= length) return null;
    const place = starts[row]! + token;
    stateRows[state] = place;
    rowStates[place] = state;
  }
  return { stateRows: int32(stateRows, [m]), rowStates: int32(rowStates, [places]) };
}

/**
 * Packs a padded batch with several sequences per row, so that little padding is left (Krell et al. 2021, "Efficient
 * sequence packing without cross-contamination"); null if the gain is too small. Depends on the masks alone, so that a
 * run is packed the same way everywhere.
 */
export function packInputs(batch: PaddedBatch): PackedHost | null {
  const { attentionMask, columns, stateMask } = batch;
  const most = PACKED_SIZES[batch.use];
  const [b, t] = attentionMask.shape as [number, number];
  const runs = tokenRuns(attentionMask);
  if (!runs) return null;
  const placement = placeSequences(runs, t);
  const states = b * columns.count;
  const rowParts = Math.ceil((placement.rows * most) / b);
  // One more than the true ones; it represents all omitted ones.
  const stateParts = stateMask ? Math.ceil(((countTrue(stateMask.data) + 1) * most) / states) : most;
  // Where nearly all states are wanted, all are computed, and the rows are packed nevertheless.
  const chosen = stateParts < most ? stateMask : null;
  const parts = chosen ? Math.max(rowParts, stateParts) : rowParts;
  const rows = Math.ceil((b * parts) / most);
  if (parts >= most || rows >= b) return null;
  const kept = chosen && keep(chosen.data, Math.ceil((states * parts) / most));
  const ofStates = statesOf(batch, runs, placement, kept, rows * t);
  if (!ofStates) return null;
  const byColumn = kept && {
    stateColumns: int32(kept.places, [kept.places.length]),
    columnStates: int32(kept.indices, [states]),
  };
  return { ...tokensOf(batch, runs, placement, rows), ...ofStates, ...byColumn };
}
