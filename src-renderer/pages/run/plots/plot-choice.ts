import { metricFacts } from '#contract/page-facts.ts';
import { defaultPlots, type PlotSpec } from './plot-specs.ts';

/** A plot of one metric from the catalog. Its id is `metric:` plus the key. */
function metricPlot(key: string): PlotSpec {
  const unit = metricFacts[key]?.unit ?? '';
  return { id: `metric:${key}`, title: key, variants: [{ label: '', unit, lines: [{ key, label: key }] }], about: key };
}

/** The plots for a list of ids; unknown ids are skipped. */
export function chosenPlots(recipe: string, ids: readonly string[] | null): readonly PlotSpec[] {
  const known = defaultPlots(recipe);
  if (!ids) return known;
  return ids.flatMap((id) => {
    const spec = id.startsWith('metric:') ? metricPlot(id.slice('metric:'.length)) : known.find((one) => one.id === id);
    return spec ? [spec] : [];
  });
}

/** The ids with one plot added or removed. */
export function toggled(ids: readonly string[], id: string): readonly string[] {
  return ids.includes(id) ? ids.filter((one) => one !== id) : [...ids, id];
}

/** The ids with one plot moved by some places. */
export function moved(ids: readonly string[], id: string, by: number): readonly string[] {
  const at = ids.indexOf(id);
  const to = Math.max(0, Math.min(ids.length - 1, at + by));
  return at < 0 ? ids : ids.toSpliced(at, 1).toSpliced(to, 0, id);
}

export interface MetricGroup {
  readonly name: string;
  readonly keys: readonly string[];
}

/** The metrics of a run, by the catalog's groups; others come last. */
export function metricGroups(keys: readonly string[]): readonly MetricGroup[] {
  const groupOf = (key: string) => metricFacts[key]?.group ?? 'Others';
  const groups = Map.groupBy(keys, groupOf);
  const order = [...new Set(Object.values(metricFacts).map(({ group }) => group as string)), 'Others'];
  return order.flatMap((name) => {
    const found = groups.get(name);
    return found ? [{ name, keys: found }] : [];
  });
}
