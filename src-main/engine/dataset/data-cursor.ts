import { epochOrder } from './seeded-order.ts';

/** Where a run stands in its data: a plain value that a checkpoint keeps. */
export interface DataCursor {
  readonly epoch: number;
  /** Rows of this epoch that were given out. */
  readonly position: number;
}

export const DATA_START: DataCursor = { epoch: 0, position: 0 };

export interface DataBatch {
  /** Row indices of the batch. */
  readonly indices: readonly number[];
  /** Where the next batch starts. */
  readonly next: DataCursor;
}

/** Gives out row indices, epoch after epoch in a new order; a batch may reach from one epoch into the next. */
export class DataOrder {
  readonly count: number;
  private readonly seed: number;
  private cached: { readonly epoch: number; readonly order: Uint32Array } | null = null;

  /** Throws RangeError when there are no rows. */
  constructor(count: number, seed: number) {
    if (!Number.isInteger(count) || count < 1) throw new RangeError('there are no rows to train on');
    this.count = count;
    this.seed = seed;
  }

  /** The `size` rows from a cursor on. The same cursor always gives the same rows. */
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
