import type { Points } from '#contract/metrics/thin-points.ts';
import type { PlotLine } from '../../../plots/plot-line.ts';
import type { LoadedSeries } from './loaded-series.ts';
import type { LineSpec } from './plot-specs.ts';

const COLORS = ['--series-1', '--series-2', '--series-3', '--series-4', '--series-5', '--series-6'];

/** The transformation applied to a metric: none, its complement to 1, or division by a unit. */
function turning({ isComplement, per }: LineSpec): (points: Points) => Points {
  if (!isComplement && per === undefined) return (points) => points;
  const turn = (value: number) => (isComplement ? 1 - value : value / (per ?? 1));
  return ({ steps, values }) => ({ steps, values: values.map(turn) });
}

function lineOf(spec: LineSpec, series: LoadedSeries, color: string): PlotLine {
  const turn = turning(spec);
  const { key, label, side, isDashed } = spec;
  return {
    ...{ key, label, color, count: series.count },
    points: turn(series.points),
    means: series.means && turn(series.means),
    ...(side ? { side } : {}),
    ...(isDashed ? { isDashed } : {}),
  };
}

/** The lines of a plot that the run has points for, colored by position. */
export function plotLines(specs: readonly LineSpec[], series: ReadonlyMap<string, LoadedSeries>): readonly PlotLine[] {
  return specs.flatMap((spec, at) => {
    const loaded = series.get(spec.key);
    return loaded && loaded.points.steps.length > 0 ? [lineOf(spec, loaded, COLORS[at % COLORS.length]!)] : [];
  });
}
