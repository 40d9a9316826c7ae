import type { MetricKey } from './catalog.ts';

/** The value of one metric at one step: always a number, NaN if it could not be computed. */
export interface MetricPoint {
  readonly key: MetricKey;
  readonly value: number;
}

/** Converts values by key to points; undefined values are left out. */
export function metricPoints(values: Readonly<Partial<Record<MetricKey, number | undefined>>>): readonly MetricPoint[] {
  return Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key: key as MetricKey, value }],
  );
}
