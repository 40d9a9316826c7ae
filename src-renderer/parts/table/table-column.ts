/** A column of a data table. */
export interface TableColumn<Row> {
  readonly key: string;
  readonly title: string;
  /** What is sorted by; without it the column cannot be sorted. */
  readonly value?: (row: Row) => string | number | null;
  /** What is shown when the column has no slot of its own. */
  readonly text?: (row: Row) => string;
  /** A CSS width for the grid: `120px`, `minmax(160px, 2fr)`. */
  readonly width?: string;
  readonly isNumber?: boolean;
}

export interface TableOrder {
  readonly key: string;
  readonly isDescending: boolean;
}

/** Rows in the order of one column; equal ones keep their order, missing values come last. */
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

/** The order after a click on a column's heading: ascending, descending, then none; a column without values keeps it. */
export function orderAfter<Row>(order: TableOrder | null, { key, value }: TableColumn<Row>): TableOrder | null {
  if (!value) return order;
  const isSame = order?.key === key;
  return isSame && order.isDescending ? null : { key, isDescending: isSame };
}

/** How a screen reader is told of the order by a column. */
export function ariaSort<Row>(
  order: TableOrder | null,
  { key }: TableColumn<Row>,
): 'ascending' | 'descending' | 'none' {
  if (order?.key !== key) return 'none';
  return order.isDescending ? 'descending' : 'ascending';
}
