import type { RunLine } from '#contract/api/runs/overview.ts';
import { formatNumber } from '../../../parts/words/format-number.ts';
import { metricWords } from '../../../plots/metric-words.ts';
import { costFigure, type Figure, mainFigure } from '../../runs/run-figures.ts';

const JUDGE = 'eval/judge';

function judgeFigure({ figures }: Pick<RunLine, 'figures'>): Figure | null {
  const value = figures[JUDGE];
  if (value === undefined) return null;
  return { text: `judge ${formatNumber(value, 3)}`, value, tip: metricWords(JUDGE).join('\n') };
}

/** What the last stage of a pipeline that has done a step has reached. */
export function pipelineOutcome({ plan, figures }: Pick<RunLine, 'plan' | 'figures'>): readonly Figure[] {
  const stage = plan?.stages.findLast(({ done }) => done > 0);
  return stage ? outcomeOf({ recipe: stage.name.replaceAll('_', '-'), figures }) : [];
}

/** What a run has reached: its result, what it cost, and what the judge says of it. */
export function outcomeOf(run: Pick<RunLine, 'recipe' | 'figures'>): readonly Figure[] {
  return [mainFigure(run), costFigure(run), judgeFigure(run)].filter((figure) => figure !== null);
}
