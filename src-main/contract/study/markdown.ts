import type { StudyReport } from '../api/runs/planned-studies.ts';
import type { ComparedCells, ReadCell, StudyReading } from '../api/runs/study-reading.ts';
import { formatDigits } from '../format.ts';
import { bestOfNote, verdictSentence } from './words.ts';

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
  const gain = cell.gain ? `${number(cell.gain.mean)} (${span(cell.gain.low, cell.gain.high)})` : '–';
  const next = cell.predicted ? span(cell.predicted.low, cell.predicted.high) : '–';
  return row([cell.name, `${cell.reached} of ${cell.of}`, gain, ...values, next]);
}

function table(reading: StudyReading): readonly string[] {
  const keys = keysOf(reading);
  const head = ['Configuration', 'Seeds', 'Gain', ...keys.map((key) => TITLES[key] ?? key), 'Next seed, 95%'];
  return [row(head), row(head.map(() => '---')), ...reading.cells.map((cell) => cellRow(cell, keys))];
}

/** In full between the best configurations of two methods; of the others, those that say something. */
function verdictLines(reading: StudyReading, best: ReadonlySet<number>): readonly string[] {
  const isMain = ({ first, second }: ComparedCells) => best.size < 2 || (best.has(first) && best.has(second));
  const [main, others] = [reading.comparisons.filter(isMain), reading.comparisons.filter((each) => !isMain(each))];
  const told = [...main, ...others.filter(({ winner }) => winner !== 'cannot tell')];
  const untold = reading.comparisons.length - told.length;
  const rest = untold > 0 ? [`- ${untold} other pairs of configurations: cannot tell.`] : [];
  return [...told.map((each) => `- ${verdictSentence(reading, each)}`), ...rest];
}

function section(
  title: string,
  reading: StudyReading | null,
  best: ReadonlySet<number>,
  none: string,
): readonly string[] {
  if (reading === null) return [`## ${title}`, '', none, ''];
  return [`## ${title}`, '', ...table(reading), '', ...verdictLines(reading, best), ''];
}

function bestLines(reading: StudyReading | null): readonly string[] {
  if (reading === null || reading.best.length === 0) return [];
  const names = reading.best.map(({ group }) => {
    const cell = reading.cells.find((each) => each.group === group)!;
    const value = cell.values[0]!;
    return `- ${cell.name}: ${number(value.mean)} (${span(value.low, value.high)}), ${value.n} seeds`;
  });
  return [`## Best configuration of each method within KL ${number(reading.kl ?? Number.NaN)}`, '', ...names, ''];
}

/** What choosing among several responses of the starting policy gains, without any training. */
function bestOfLines({ bestOf }: StudyReport): readonly string[] {
  if (bestOf === null) return [];
  const rows = bestOf.points.map(({ n, kl, mean, low, high }) => {
    return row([String(n), number(kl), `${number(mean)} (${span(low, high)})`]);
  });
  return [
    '## Best of n responses of the starting policy',
    '',
    row(['n', 'KL, at most', 'Gain']),
    row(['---', '---', '---']),
    ...rows,
    '',
    `${bestOfNote(bestOf)} Intervals are over ${bestOf.prompts} prompts.`,
    '',
  ];
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
    '- "Gain" is the difference from the starting policy on the same prompts, which cancels what makes a prompt hard.',
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
  const best = new Set(report.within?.best.map(({ group }) => group));
  return [
    `# ${study.name}`,
    '',
    ...(study.notes ? [study.notes, ''] : []),
    `Compared by ${measure}. ${report.planned.finished} of ${report.planned.entries.length} runs have finished.`,
    '',
    '![Frontier](frontier.png)',
    '',
    ...section(
      kl === null ? 'At equal KL' : `At KL ${number(kl)}`,
      report.matched,
      best,
      'No distance was reached by all configurations.',
    ),
    ...bestLines(report.within),
    ...bestOfLines(report),
    ...section('At the last evaluation', report.atEnd, best, 'No run has been evaluated yet.'),
    ...missingLines(report),
    ...methodLines(report),
  ].join('\n');
}
