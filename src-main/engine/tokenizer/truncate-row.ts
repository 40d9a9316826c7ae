import type { TokenRow } from '../records.ts';

export type Side = 'left' | 'right';

export interface TruncatedRow {
  readonly row: TokenRow;
  /** Ids that were cut away. */
  readonly cut: number;
}

/**
 * Cuts a row to at most `maxLength` ids. `left` drops the beginning (a dialog keeps its last turns), `right` the end (a
 * document keeps its start).
 */
export function truncateRow(row: TokenRow, maxLength: number, side: Side): TruncatedRow {
  const cut = row.ids.length - maxLength;
  if (cut <= 0) return { row, cut: 0 };
  const [start, end] = side === 'left' ? [cut, row.ids.length] : [0, maxLength];
  return { row: { ids: row.ids.slice(start, end), trained: row.trained.slice(start, end) }, cut };
}
