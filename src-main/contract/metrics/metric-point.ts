import type { MetricKey } from './catalog.ts';

/** One number of one metric at one step. NaN says that it could not be formed; nothing but a number fits. */
export interface MetricPoint {
  readonly key: MetricKey;
  readonly value: number;
}

/** Points from values by key; undefined values are left out. */
export function metricPoints(values: Readonly<Partial<Record<MetricKey, number | undefined>>>): readonly MetricPoint[] {
  return Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key: key as MetricKey, value }],
  );
}
