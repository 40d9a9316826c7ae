/** The series of one run. */
export interface RunSeries {
  readonly group: number;
  readonly points: readonly { readonly step: number; readonly value: number }[];
}

/** Mean and range of one group at one step, over the seeds that have a value there. */
export interface BandPoint {
  readonly step: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

export interface SeedBand {
  readonly group: number;
  /** Number of seeds in the group. */
  readonly n: number;
  readonly points: readonly BandPoint[];
}

function foldSteps(points: readonly { readonly step: number; readonly value: number }[]): BandPoint {
  const values = points.map(({ value }) => value);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { step: points[0]!.step, mean, low: Math.min(...values), high: Math.max(...values), n: values.length };
}

/** Thins a band to at most `most` points, each with the mean and the full range of the points it replaces. */
function thin(points: readonly BandPoint[], most: number): readonly BandPoint[] {
  if (points.length <= most) return points;
  const size = Math.ceil(points.length / most);
  return Array.from({ length: Math.ceil(points.length / size) }, (_, index) => {
    const part = points.slice(index * size, (index + 1) * size);
    return {
      step: part[Math.floor(part.length / 2)]!.step,
      mean: part.reduce((sum, point) => sum + point.mean, 0) / part.length,
      low: Math.min(...part.map(({ low }) => low)),
      high: Math.max(...part.map(({ high }) => high)),
      n: Math.min(...part.map(({ n }) => n)),
    };
  });
}

/** Mean and range over the seeds of each group at every step; non-finite values are skipped. */
export function seedBands(series: readonly RunSeries[], most = 600): readonly SeedBand[] {
  return [...Map.groupBy(series, ({ group }) => group)].map(([group, members]) => {
    const all = members.flatMap(({ points }) => points).filter(({ value }) => Number.isFinite(value));
    const bySteps = [...Map.groupBy(all, ({ step }) => step).values()].map(foldSteps);
    const points = bySteps.sort((one, other) => one.step - other.step);
    return { group, n: members.length, points: thin(points, most) };
  });
}
