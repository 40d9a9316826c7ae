/** A column of a data table. */
export interface TableColumn<Row> {
  readonly key: string;
  readonly title: string;
  /** The sort key; without it the column cannot be sorted. */
  readonly value?: (row: Row) => string | number | null;
  /** The cell text if the column has no slot. */
  readonly text?: (row: Row) => string;
  /** A CSS width for the grid: `120px`, `minmax(160px, 2fr)`. */
  readonly width?: string;
  readonly isNumber?: boolean;
}

export interface TableOrder {
  readonly key: string;
  readonly isDescending: boolean;
}

/** Rows sorted by one column; equal rows keep their order, missing values come last. */
export function sortRows<Row>(
  rows: readonly Row[],
  columns: readonly TableColumn<Row>[],
  order: TableOrder | null,
): readonly Row[] {
  const value = columns.find(({ key }) => key === order?.key)?.value;
  if (!order || !value) return rows;
  const sign = order.isDescending ? -1 : 1;
  return rows.toSorted((one, other) => {
    const [a, b] = [value(one), value(other)];
    if (a === b) return 0;
    if (a === null || Number.isNaN(a)) return 1;
    if (b === null || Number.isNaN(b)) return -1;
    return a < b ? -sign : sign;
  });
}

/** The order after a click on a heading: ascending, descending, then none; unchanged if the column cannot be sorted. */
export function orderAfter<Row>(order: TableOrder | null, { key, value }: TableColumn<Row>): TableOrder | null {
  if (!value) return order;
  const isSame = order?.key === key;
  return isSame && order.isDescending ? null : { key, isDescending: isSame };
}

/** The `aria-sort` value of a column. */
export function ariaSort<Row>(
  order: TableOrder | null,
  { key }: TableColumn<Row>,
): 'ascending' | 'descending' | 'none' {
  if (order?.key !== key) return 'none';
  return order.isDescending ? 'descending' : 'ascending';
}
