import type { RunLine } from '#contract/api/runs/overview.ts';
import { liveLabels, recipeFacts } from '#contract/page-facts.ts';
import { findFacts } from '#contract/page-words.ts';
import { formatNumber, formatShare } from '../../parts/words/format-number.ts';
import { metricWords } from '../../plots/metric-words.ts';

export interface Figure {
  readonly text: string;
  readonly value: number;
  /** The definition of the metric, from the catalog. */
  readonly tip: string;
}

type Reached = Pick<RunLine, 'recipe' | 'figures'>;

function pick({ recipe, figures }: Reached, column: 'results' | 'costs'): Figure | null {
  // A pipeline shows the figures of one of its stages, whichever recipe that stage runs.
  const own = findFacts(recipe);
  const choices = own ? own[column] : recipeFacts.flatMap((each) => each[column]);
  const found = choices.find(({ key }) => figures[key] !== undefined);
  if (!found) return null;
  const value = figures[found.key]!;
  const text = found.isShare ? formatShare(value) : formatNumber(value, 3);
  return { text: `${found.label} ${text}`, value, tip: metricWords(found.key).join('\n') };
}

/** The main result of a run. */
export function mainFigure(run: Reached): Figure | null {
  return pick(run, 'results');
}

/** The cost of the result. */
export function costFigure(run: Reached): Figure | null {
  return pick(run, 'costs');
}

/** `λ 0.5` */
export function coefficientText({ coefficient }: RunLine): string {
  return coefficient ? `${liveLabels[coefficient.path] ?? coefficient.path} ${formatNumber(coefficient.value)}` : '';
}
