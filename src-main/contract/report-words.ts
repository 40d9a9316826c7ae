import type { OutcomeFigure, RunOutcome } from './api/runs/run-outcome.ts';
import type {
  ReportedBest,
  ReportedChange,
  ReportedShare,
  ReportedWins,
  ReportRow,
  RunReport,
} from './api/runs/run-report.ts';
import { FAILURE_MODE_TITLES } from './failure-modes.ts';
import { formatDigits, formatFixed, formatPercent } from './format.ts';
import { directionOf } from './statistics/paired-change.ts';

/** The method of every interval in a report, for a footnote. */
export const INTERVAL_METHOD =
  'Changes are end minus start on the same prompts. 95% intervals: paired t; for values per token and distinct ' +
  'responses, delete-one jackknife over prompts; for win rates and accuracy, Wilson.';

interface Measure {
  readonly label: string;
  readonly isShare?: boolean;
}

const MEASURES: Readonly<Record<string, Measure>> = {
  'eval/reward': { label: 'Held-out reward' },
  'eval/judge': { label: 'Judge' },
  'eval/kl_exact': { label: 'KL, nats per response' },
  'eval/kl_exact_per_token': { label: 'KL, nats per token' },
  'eval/entropy_per_token': { label: 'Entropy, nats per token' },
  'eval/reference_logprob_per_token': { label: 'Fluency, log π_ref per token' },
  'eval/response_length': { label: 'Response length, tokens' },
  'eval/ended_by_stop': { label: 'Ended by a stop', isShare: true },
  'eval/distinct_replies': { label: 'Distinct responses', isShare: true },
  'eval/loss': { label: 'Held-out loss, nats' },
  'eval/mean_token_accuracy': { label: 'Token accuracy', isShare: true },
  'eval/accuracy': { label: 'Pair accuracy', isShare: true },
  'eval/margin': { label: 'Margin' },
};

const minus = (text: string) => text.replace('-', '−');
const ABSENT = '–';

/** A value of a report: `0.512`, `94.1%`, or a dash if it is absent. */
export function reportNumber(value: number | null, isShare = false): string {
  if (value === null) return ABSENT;
  return minus(isShare ? formatPercent(value) : formatDigits(value, 3));
}

/** `+0.31 (0.22 to 0.4)`, without the interval if one cannot be computed; that of a share is in percentage points. */
export function changeText({ change, low, high }: ReportedChange, isShare = false): string {
  const text = (value: number) => (isShare ? minus(formatFixed(100 * value, 1)) : reportNumber(value));
  const signed = `${change > 0 ? '+' : ''}${text(change)}${isShare ? ' points' : ''}`;
  return low === null || high === null ? signed : `${signed} (${text(low)} to ${text(high)})`;
}

/** A row of the report as text. */
export interface ReportLine {
  readonly key: string;
  readonly label: string;
  readonly start: string;
  readonly end: string;
  readonly change: string;
  readonly n: string;
}

function lineOf({ key, start, end, change }: ReportRow): ReportLine {
  const { label, isShare = false } = MEASURES[key] ?? { label: key };
  return {
    key,
    label,
    start: reportNumber(start, isShare),
    end: reportNumber(end, isShare),
    change: change ? changeText(change, isShare) : ABSENT,
    n: change ? String(change.n) : ABSENT,
  };
}

const WIN_LABELS = { reward: 'Win rate by reward', judge: 'Win rate by judge' } as const;

/** A share has no start; its own interval stands in the place of that of a change. */
function shareLine(key: string, label: string, { share, low, high, n }: ReportedShare): ReportLine {
  const change = `${formatPercent(low)} to ${formatPercent(high)}`;
  return { key, label, start: ABSENT, end: formatPercent(share), change, n: String(n) };
}

/** The table of a report: measures, then win rates and accuracy with their own intervals. */
export function reportLines({ rows, wins, accuracy }: RunReport): readonly ReportLine[] {
  const keyOf = { reward: 'eval/win_rate', judge: 'eval/judge_win_rate' };
  return [
    ...rows.map(lineOf),
    ...wins.map((one) => shareLine(keyOf[one.by], WIN_LABELS[one.by], one)),
    ...(accuracy ? [shareLine('eval/accuracy', 'Agreement with held-out pairs', accuracy)] : []),
  ];
}

/** The steps that a report compares; null if nothing was evaluated. */
export function reportSteps({ startStep, endStep }: RunReport): string | null {
  if (endStep === null) return null;
  return startStep === null ? `step ${endStep}` : `step ${startStep} to ${endStep}`;
}

const NAMES = { reward: 'held-out reward', judge: 'judge' } as const;
const capital = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

function courseOf(name: string, { start, end, change }: ReportRow): string {
  const subject = capital(name);
  if (start === null) return `${subject}: ${reportNumber(end)}; it was measured once.`;
  const at = `from ${reportNumber(start)} to ${reportNumber(end)}`;
  if (!change || change.low === null || change.high === null) return `${subject}: ${at}; no interval is known.`;
  const by = `${changeText(change)}, ${change.n} prompts`;
  const direction = directionOf({ low: change.low, high: change.high });
  if (direction === 'unclear') return `${subject}: no change beyond its interval, ${at}: ${by}.`;
  return `${subject}: ${direction === 'up' ? 'rose' : 'fell'} ${at}: ${by}.`;
}

/** What a paired test on these prompts would have noticed. */
function powerOf(name: string, { change }: ReportRow): readonly string[] {
  if (!change || change.detectable === null) return [];
  const ties = change.ties > 0 ? `; ${formatPercent(change.ties, 0)} of the prompts are ties` : '';
  const found = `A change of the ${name} of ${reportNumber(change.detectable)} would be found in four of five runs`;
  return [`${found} with these ${change.n} prompts${ties}.`];
}

const UNKNOWN_GAIN = 'Whether it is above the start is not known, as there is no interval.';

/** What "best" means in this run, and which policy is the default. */
function bestWords({ run, startStep, endStep }: RunReport, best: ReportedBest): string {
  const { by, step, value, of, change, isAboveStart, used } = best;
  const name = `run:${run}/policy`;
  const reference = used === null ? '' : ` ${name} is the ${used === 'best' ? 'best' : 'final'} policy.`;
  if (step === startStep) return `Best by mean ${NAMES[by]}: none of ${of} evaluations is above the start.${reference}`;
  const gain = change ? `, ${changeText(change)} from the start` : '';
  const head = `Best by mean ${NAMES[by]}: step ${step}, ${reportNumber(value)}, the highest of ${of} evaluations${gain}.`;
  const isKnown = change !== null && change.low !== null;
  const above = isKnown ? `It is ${isAboveStart ? '' : 'not '}above the start beyond its interval.` : UNKNOWN_GAIN;
  const other = used === 'best' && step !== endStep ? ` The final one is ${name}@last.` : '';
  return `${head} ${above}${reference}${other}`;
}

function verdictWords({ verdict, rows }: RunReport): readonly string[] {
  const row = (key: string) => rows.find((each) => each.key === key);
  const [reward, judge] = [row('eval/reward'), row('eval/judge')];
  if (!reward) return [];
  if (!judge) return ['There is no judge, so nothing independent of the reward shows whether responses are better.'];
  if (verdict?.isOverOptimized) {
    return ['Over-optimization: the reward is up and the judge is down, each beyond its interval.'];
  }
  return verdict?.judge === 'unclear' ? powerOf('judge', judge) : [];
}

/** `75.0% (63.2% to 84.0%)` */
const shareText = ({ share, low, high }: ReportedShare) =>
  `${formatPercent(share)} (${formatPercent(low)} to ${formatPercent(high)})`;

function winWords(wins: ReportedWins): string {
  const { by, n, wins: won, ties, losses } = wins;
  return `${WIN_LABELS[by]}: ${shareText(wins)} of ${n} prompts; ${won} won, ${ties} tied, ${losses} lost.`;
}

function findingWords(findings: RunReport['findings']): string {
  const told = findings.map(({ regime, since, isOpen }) => {
    return `${FAILURE_MODE_TITLES[regime]} since step ${since}${isOpen ? '' : ', no longer'}`;
  });
  return told.length === 0 ? 'The doctor found nothing.' : `The doctor found: ${told.join('; ')}.`;
}

const COURSES: Readonly<Record<string, string>> = {
  'eval/reward': NAMES.reward,
  'eval/judge': NAMES.judge,
  'eval/loss': 'held-out loss',
};

/** The report in sentences, the answer first. */
export function reportSentences(report: RunReport): readonly string[] {
  const { rows, wins, best, accuracy, findings } = report;
  const courses = rows.flatMap((row) => (COURSES[row.key] === undefined ? [] : [courseOf(COURSES[row.key]!, row)]));
  const isBare = rows.length === 0 && !accuracy;
  return [
    ...(isBare ? ['Nothing was evaluated, so whether the model is better than at the start is not known.'] : []),
    ...courses,
    ...(accuracy ? [`The reward model agrees with ${shareText(accuracy)} of ${accuracy.n} held-out pairs.`] : []),
    ...wins.map(winWords),
    ...verdictWords(report),
    ...(best ? [bestWords(report, best)] : []),
    findingWords(findings),
  ];
}

const RESULT_NAMES: Readonly<Record<string, string>> = {
  'eval/reward': 'reward ',
  'eval/accuracy': 'accuracy ',
  'eval/loss': 'loss ',
};

/** `0.25 → 0.75 up`; the direction is left out if the interval is unknown. */
function figureText({ key, start, end, direction }: OutcomeFigure): string {
  const { isShare = false } = MEASURES[key] ?? {};
  const course = start === null || start === end ? '' : `${reportNumber(start, isShare)} → `;
  return `${course}${reportNumber(end, isShare)}${direction === null ? '' : ` ${direction}`}`;
}

/** Result, judge, and KL of a run in a list; empty where there are none. */
export function outcomeCells(outcome: RunOutcome | null): readonly [result: string, judge: string, kl: string] {
  if (!outcome) return ['', '', ''];
  const { result, judge, kl, n, isOverOptimized } = outcome;
  const size = result.key === 'eval/accuracy' && n !== null ? ` (${n} pairs)` : '';
  return [
    `${RESULT_NAMES[result.key] ?? ''}${figureText(result)}${size}`,
    judge ? `${figureText(judge)}${isOverOptimized ? ', over-optimized' : ''}` : '',
    kl ? reportNumber(kl.end) : '',
  ];
}
