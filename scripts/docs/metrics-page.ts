import { metricCatalog } from '#contract/metrics/catalog.ts';
import type { MetricEntry } from '#contract/metrics/metric-entry.ts';
import { code, GENERATED, table } from './markdown.ts';

const ARROWS = { up: 'up', down: 'down', none: '–' } as const;

/** The text of docs/metrics.md. */
export function metricsPage(): string {
  const entries = Object.entries<MetricEntry>(metricCatalog);
  const groups = [...new Set(entries.map(([, { group }]) => group))];
  const sections = groups.map((group) => {
    const rows = entries
      .filter(([, entry]) => entry.group === group)
      .map(([key, { unit, formula, aggregation, direction, origin }]) => [
        code(key),
        formula,
        aggregation,
        unit,
        ARROWS[direction],
        origin,
      ]);
    return `## ${group}\n\n${table(['Key', 'Quantity', 'Aggregation', 'Unit', 'Better', 'Name from'], rows)}`;
  });
  return [
    GENERATED,
    '# Metrics',
    'Every number that a run can store. A key with a name from TRL has the same meaning as in TRL; where TRL’s value ' +
      'is defective, Keel has a key of its own. KL is always relative to the reference, in nats, at the sampling ' +
      'temperature.',
    ...sections,
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}
