import type { StudyReport } from '../api/runs/planned-studies.ts';
import type { ReadCell, StudyReading } from '../api/runs/study-reading.ts';
import { formatDigits } from '../format.ts';
import { cellName, verdictSentence } from './words.ts';

const number = (value: number) => (Number.isFinite(value) ? formatDigits(value, 3) : '–');
const span = (low: number, high: number) => (Number.isFinite(low) ? `${number(low)} to ${number(high)}` : '–');
const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

const TITLES: Readonly<Record<string, string>> = {
  'eval/judge': 'Judge',
  'eval/reward': 'Reward',
  'eval/kl_exact': 'KL',
  'eval/reference_logprob_per_token': 'Reference log-prob per token',
  'eval/entropy_per_token': 'Entropy per token',
  'eval/distinct_replies': 'Distinct responses',
  'eval/response_length': 'Length',
};

/** Keys that at least one cell has, the measure first. */
function keysOf(reading: StudyReading): readonly string[] {
  return [...new Set(reading.cells.flatMap(({ values }) => values.map(({ key }) => key)))];
}

function cellRow(cell: ReadCell, keys: readonly string[]): string {
  const values = keys.map((key) => {
    const value = cell.values.find((each) => each.key === key);
    return value ? `${number(value.mean)} (${span(value.low, value.high)})` : '–';
  });
  const next = cell.predicted ? span(cell.predicted.low, cell.predicted.high) : '–';
  return row([cellName(cell), `${cell.reached} of ${cell.of}`, ...values, next]);
}

function table(reading: StudyReading): readonly string[] {
  const keys = keysOf(reading);
  const head = ['Configuration', 'Seeds', ...keys.map((key) => TITLES[key] ?? key), 'Next seed, 95%'];
  return [row(head), row(head.map(() => '---')), ...reading.cells.map((cell) => cellRow(cell, keys))];
}

function section(title: string, reading: StudyReading | null, none: string): readonly string[] {
  if (reading === null) return [`## ${title}`, '', none, ''];
  const verdicts = reading.comparisons.map((each) => `- ${verdictSentence(reading, each)}`);
  return [`## ${title}`, '', ...table(reading), '', ...verdicts, ''];
}

function bestLines(reading: StudyReading | null): readonly string[] {
  if (reading === null || reading.best.length === 0) return [];
  const names = reading.best.map(({ group }) => {
    const cell = reading.cells.find((each) => each.group === group)!;
    const value = cell.values[0]!;
    return `- ${cellName(cell)}: ${number(value.mean)} (${span(value.low, value.high)}), ${value.n} seeds`;
  });
  return [`## Best configuration of each method within KL ${number(reading.kl ?? Number.NaN)}`, '', ...names, ''];
}

/** What was not run, so that nobody takes the rest for the whole. */
function missingLines({ planned: { entries } }: StudyReport): readonly string[] {
  const missing = entries.filter(({ state }) => state !== 'finished');
  if (missing.length === 0) return [];
  const shown = missing.map(({ key, state, problem }) => `- ${key}: ${state}${problem ? `: ${problem}` : ''}`);
  return [`## Not finished: ${missing.length} of ${entries.length} runs`, '', ...shown, ''];
}

/** How the numbers were made. */
function methodLines({ matched, atEnd }: StudyReport): readonly string[] {
  const { methods } = matched ?? atEnd ?? {};
  if (!methods) return [];
  return [
    '## How to read this',
    '',
    `- Means are over seeds, with 95% intervals in parentheses. Differences: ${methods.difference}.`,
    `- Where several differences are listed, their intervals hold together: ${methods.simultaneous}.`,
    '- "Cannot tell" means that the interval includes zero; it does not mean that the methods are equal.',
    '- "Next seed" is where the value of one more seed would lie in 95% of studies.',
    '- Runs share their reward model and their start: intervals do not cover how these would vary.',
    '',
  ];
}

/** The report of a study on one page of Markdown. */
export function studyMarkdown(report: StudyReport): string {
  const { study } = report.planned;
  const measure = report.by === 'judge' ? 'the judge' : 'the held-out reward';
  const kl = report.matched?.kl ?? null;
  return [
    `# ${study.name}`,
    '',
    ...(study.notes ? [study.notes, ''] : []),
    `Compared by ${measure}. ${report.planned.finished} of ${report.planned.entries.length} runs have finished.`,
    '',
    '![Frontier](frontier.svg)',
    '',
    ...section(
      kl === null ? 'At equal KL' : `At KL ${number(kl)}`,
      report.matched,
      'No distance was reached by all configurations.',
    ),
    ...bestLines(report.within),
    ...section('At the last evaluation', report.atEnd, 'No run has been evaluated yet.'),
    ...missingLines(report),
    ...methodLines(report),
  ].join('\n');
}
