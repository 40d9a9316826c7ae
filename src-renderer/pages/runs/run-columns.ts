import type { RunLine } from '#contract/api/runs/overview.ts';
import type { TableColumn } from '../../parts/table/table-column.ts';
import { formatSeconds, formatShortDateTime } from '../../parts/words/format-time.ts';
import { coefficientText, costFigure, mainFigure } from './run-figures.ts';

function seconds({ startedAt, finishedAt }: RunLine): number | null {
  return startedAt !== null && finishedAt !== null ? (finishedAt - startedAt) / 1000 : null;
}

export const RUN_COLUMNS: readonly TableColumn<RunLine>[] = [
  { key: 'choose', title: '', width: '20px' },
  { key: 'name', title: 'Run', value: (run) => run.name.toLowerCase(), width: 'minmax(110px, 3fr)' },
  { key: 'recipe', title: 'Method', value: (run) => run.recipe, width: '112px' },
  { key: 'state', title: 'State', value: (run) => run.state, width: 'minmax(112px, 1fr)' },
  { key: 'course', title: 'Trend', width: '90px' },
  { key: 'figure', title: 'Result', value: (run) => mainFigure(run)?.value ?? null, width: '104px' },
  { key: 'cost', title: 'Cost', value: (run) => costFigure(run)?.value ?? null, width: '70px' },
  {
    key: 'coefficient',
    title: 'Anchor',
    value: (run) => run.coefficient?.value ?? null,
    text: coefficientText,
    width: '88px',
  },
  {
    key: 'took',
    title: 'Duration',
    value: seconds,
    text: (run) => formatSeconds(seconds(run)),
    isNumber: true,
    width: '88px',
  },
  {
    key: 'made',
    title: 'Created',
    value: (run) => run.createdAt,
    text: (run) => formatShortDateTime(run.createdAt),
    width: '108px',
  },
];

/** Whether every search word occurs in the run's name, id, recipe, state, model, dataset, stage, or labels. */
export function runMatches(run: RunLine, wanted: string, method: string, group = ''): boolean {
  if (method && run.recipe !== method) return false;
  if (group && run.labels.group !== group) return false;
  const { tags, group: ownGroup, notes } = run.labels;
  const own = [run.name, run.id, run.recipe, run.state, run.model, run.dataset, run.stage];
  const text = [...own, ...tags, ownGroup, notes].join(' ').toLowerCase();
  return wanted
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
