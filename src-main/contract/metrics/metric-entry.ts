export type Direction = 'up' | 'down' | 'none';

/** What a person is told of one metric; docs/metrics.md and the charts' texts are made of it. */
export interface MetricEntry {
  readonly group: string;
  readonly unit: string;
  /** The quantity in words. */
  readonly formula: string;
  /** Estimator and how it is gathered: over what, by mean or sum. */
  readonly aggregation: string;
  /** Which way is good; `none` when neither is. */
  readonly direction: Direction;
  /** Whose name it is: a TRL key keeps TRL's meaning. */
  readonly origin: 'TRL' | 'trlX' | 'Keel';
  /** What is normal in its plot, in one sentence; null where none is written. Docs: docs/algorithms/doctor.md. */
  readonly normal: string | null;
}

type Row = readonly [
  unit: string,
  formula: string,
  aggregation: string,
  direction: Direction,
  origin: MetricEntry['origin'],
  normal?: string,
];

/** A group of the catalog from its table. */
export function metricGroup<const Rows extends Readonly<Record<string, Row>>>(
  group: string,
  rows: Rows,
): { readonly [Key in keyof Rows]: MetricEntry } {
  return Object.fromEntries(
    Object.entries(rows).map(([key, [unit, formula, aggregation, direction, origin, normal = null]]) => [
      key,
      { group, unit, formula, aggregation, direction, origin, normal },
    ]),
  ) as never;
}
