import { metricFacts } from '#contract/page-facts.ts';

const GOOD = { up: 'higher is better', down: 'lower is better', none: 'neither way is good in itself' } as const;

/** What the catalog says of a metric, in lines: unit and direction, quantity, how it is gathered. */
export function metricWords(key: string): readonly string[] {
  const facts = metricFacts[key];
  if (!facts) return [key, 'Not in the catalog of metrics.'];
  const { unit, formula, aggregation, direction } = facts;
  return [`${key} · ${unit} · ${GOOD[direction]}`, formula, aggregation];
}
