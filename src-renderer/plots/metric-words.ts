import { metricFacts } from '#contract/page-facts.ts';

const GOOD = { up: 'higher is better', down: 'lower is better', none: 'no preferred direction' } as const;

/** The catalog's description of a metric, as lines: unit and direction, formula, aggregation. */
export function metricWords(key: string): readonly string[] {
  const facts = metricFacts[key];
  if (!facts) return [key, 'Not in the metric catalog.'];
  const { unit, formula, aggregation, direction } = facts;
  return [`${key} · ${unit} · ${GOOD[direction]}`, formula, aggregation];
}
