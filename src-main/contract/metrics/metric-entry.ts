export type Direction = 'up' | 'down' | 'none';

/** The documentation of one metric; docs/metrics.md and the texts of charts are generated from it. */
export interface MetricEntry {
  readonly group: string;
  readonly unit: string;
  /** The quantity in words. */
  readonly formula: string;
  /** Estimator and aggregation: over what, as a mean or a sum. */
  readonly aggregation: string;
  /** Which direction is better; `none` if neither is. */
  readonly direction: Direction;
  /** Where the key comes from: a TRL key keeps TRL's meaning. */
  readonly origin: 'TRL' | 'trlX' | 'Keel';
  /** What to expect in its plot, in one sentence; null if there is no sentence. Docs: docs/algorithms/doctor.md. */
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

/** Builds a group of the catalog from its table. */
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
