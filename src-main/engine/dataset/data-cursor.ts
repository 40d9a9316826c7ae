import { epochOrder } from './seeded-order.ts';

/** Position of a run in its data: a plain value that a checkpoint stores. */
export interface DataCursor {
  readonly epoch: number;
  /** Number of rows of this epoch that were handed out. */
  readonly position: number;
}

export const DATA_START: DataCursor = { epoch: 0, position: 0 };

export interface DataBatch {
  /** Row indices of the batch. */
  readonly indices: readonly number[];
  /** Start of the next batch. */
  readonly next: DataCursor;
}

/** Hands out row indices in a new order each epoch; a batch may span two epochs. */
export class DataOrder {
  readonly count: number;
  private readonly seed: number;
  private cached: { readonly epoch: number; readonly order: Uint32Array } | null = null;

  /** Throws RangeError if there are no rows. */
  constructor(count: number, seed: number) {
    if (!Number.isInteger(count) || count < 1) throw new RangeError('there are no rows to train on');
    this.count = count;
    this.seed = seed;
  }

  /** The next `size` rows from a cursor. The same cursor always yields the same rows. */
  batch(cursor: DataCursor, size: number): DataBatch {
    const indices: number[] = [];
    let { epoch, position } = cursor;
    while (indices.length < size) {
      if (position >= this.count) {
        epoch++;
        position = 0;
      }
      indices.push(this.orderOf(epoch)[position++] as number);
    }
    return { indices, next: { epoch, position } };
  }

  private orderOf(epoch: number): Uint32Array {
    if (this.cached?.epoch !== epoch) this.cached = { epoch, order: epochOrder(this.seed, epoch, this.count) };
    return this.cached.order;
  }
}

/** Indices of the rows that the first `batches` batches contain, in ascending order. */
export function visitedRows(order: DataOrder, batches: number, size: number): readonly number[] {
  const visited = new Set<number>();
  let cursor = DATA_START;
  for (let batch = 0; batch < batches && visited.size < order.count; batch++) {
    const { indices, next } = order.batch(cursor, size);
    for (const index of indices) visited.add(index);
    cursor = next;
  }
  return [...visited].sort((a, b) => a - b);
}
