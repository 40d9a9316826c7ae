import type { RunFinding } from '../api/runs/run-doctor.ts';
import type { OutcomeFigure, RunOutcome } from '../api/runs/run-outcome.ts';
import type { ResponseTotals } from '../api/runs/run-records.ts';
import type {
  ReportedBest,
  ReportedChange,
  ReportedShare,
  ReportedWins,
  ReportRow,
  RunReport,
} from '../api/runs/run-report.ts';
import type { Run } from '../api/runs/run-state.ts';
import { winRate } from './intervals.ts';
import { judgeOverOptimization } from './over-optimization.ts';
import {
  changeOfDistinct,
  changeOfMean,
  changePerToken,
  directionOf,
  type PairedChange,
  type TokenSum,
} from './paired-change.ts';

/** The response to one fixed prompt, as far as a report needs it. */
export interface ReportedResponse {
  readonly promptIndex: number;
  readonly response: string;
  /** NaN if it was not scored. */
  readonly score: number;
  readonly judge: number | null;
  readonly endedByStop: boolean;
  readonly totals: ResponseTotals | null;
}

/** An evaluation with its metrics by key, and the responses if the run kept them. */
export interface ReportedEvaluation {
  readonly step: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly responses: readonly ReportedResponse[];
}

/** Everything that a report is computed from. */
export interface ReportSource {
  readonly run: Pick<Run, 'id' | 'name' | 'recipe' | 'state'>;
  /** Null if the run has evaluated only once. */
  readonly start: ReportedEvaluation | null;
  readonly end: ReportedEvaluation | null;
  /** The evaluation with the highest judge, or reward without a judge, the first of equals. */
  readonly best: ReportedEvaluation | null;
  /** Number of evaluations. */
  readonly evaluations: number;
  /** Tags of the policies that the run saved. */
  readonly policies: readonly string[];
  /** Every finding that was reported, oldest first. */
  readonly findings: readonly RunFinding[];
  readonly accuracy: ReportedShare | null;
}

interface Pair {
  readonly before: ReportedResponse;
  readonly after: ReportedResponse;
}

type Judge = 'reward' | 'judge';

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

function reported({ change, low, high, n, ties, detectable }: PairedChange): ReportedChange | null {
  if (n === 0 || !Number.isFinite(change)) return null;
  return { change, low: finite(low), high: finite(high), n, ties, detectable: finite(detectable) };
}

function pairsOf(start: ReportedEvaluation, end: ReportedEvaluation): readonly Pair[] {
  const earlier = new Map(start.responses.map((response) => [response.promptIndex, response]));
  return end.responses.flatMap((after) => {
    const before = earlier.get(after.promptIndex);
    return before ? [{ before, after }] : [];
  });
}

/** One value of a response; null or NaN if it has none. */
type Reading = (response: ReportedResponse) => number | null | undefined;

/** The values before and after of the pairs in which both sides have one. */
function readPairs(pairs: readonly Pair[], read: Reading): { readonly before: number[]; readonly after: number[] } {
  const known = pairs.filter((pair) => [pair.before, pair.after].every((side) => Number.isFinite(read(side))));
  return { before: known.map(({ before }) => read(before)!), after: known.map(({ after }) => read(after)!) };
}

function changeBy(pairs: readonly Pair[], read: Reading): PairedChange {
  const { before, after } = readPairs(pairs, read);
  return changeOfMean(before, after);
}

function perToken(pairs: readonly Pair[], sumOf: (totals: ResponseTotals) => number): PairedChange {
  const known = pairs.filter(({ before, after }) => before.totals && after.totals);
  const side = (which: keyof Pair) =>
    known.map((pair): TokenSum => ({ sum: sumOf(pair[which].totals!), tokens: pair[which].totals!.tokens }));
  return changePerToken(side('before'), side('after'));
}

const scoreOf: Readonly<Record<Judge, Reading>> = {
  reward: ({ score }) => score,
  judge: ({ judge }) => judge,
};

/** The measures of a policy in the order of the report, each with its change over the pairs. */
const MEASURES: readonly (readonly [key: string, change: (pairs: readonly Pair[]) => PairedChange])[] = [
  ['eval/reward', (pairs) => changeBy(pairs, scoreOf.reward)],
  ['eval/judge', (pairs) => changeBy(pairs, scoreOf.judge)],
  ['eval/kl_exact', (pairs) => changeBy(pairs, ({ totals }) => totals?.kl)],
  ['eval/kl_exact_per_token', (pairs) => perToken(pairs, ({ kl }) => kl)],
  ['eval/entropy_per_token', (pairs) => perToken(pairs, ({ entropy }) => entropy)],
  ['eval/reference_logprob_per_token', (pairs) => perToken(pairs, ({ refLogprob }) => refLogprob)],
  ['eval/response_length', (pairs) => changeBy(pairs, ({ totals }) => totals?.tokens)],
  ['eval/ended_by_stop', (pairs) => changeBy(pairs, ({ endedByStop }) => Number(endedByStop))],
  ['eval/distinct_replies', distinctBy],
];

function distinctBy(pairs: readonly Pair[]): PairedChange {
  return changeOfDistinct(
    pairs.map(({ before }) => before.response),
    pairs.map(({ after }) => after.response),
  );
}

const SUPERVISED = ['eval/loss', 'eval/mean_token_accuracy', 'eval/accuracy', 'eval/margin'] as const;

function rowOf(source: ReportSource, key: string, change: PairedChange | null): readonly ReportRow[] {
  const [start, end] = [source.start?.metrics[key], source.end?.metrics[key]].map((value) => finite(value ?? NaN));
  if (start === null && end === null) return [];
  return [{ key, start: start ?? null, end: end ?? null, change: change && reported(change) }];
}

function rowsOf(source: ReportSource, pairs: readonly Pair[]): readonly ReportRow[] {
  return [
    ...MEASURES.flatMap(([key, change]) => rowOf(source, key, change(pairs))),
    ...SUPERVISED.flatMap((key) => rowOf(source, key, null)),
  ];
}

function winsBy(by: Judge, pairs: readonly Pair[]): readonly ReportedWins[] {
  const { before, after } = readPairs(pairs, scoreOf[by]);
  if (after.length === 0) return [];
  const wins = after.filter((value, i) => value > before[i]!).length;
  const ties = after.filter((value, i) => value === before[i]).length;
  return [{ by, ...winRate(after, before), wins, ties, losses: after.length - wins - ties }];
}

/** By which score the engine chooses the best policy: the judge's if there is one. */
export function meritKey(hasJudge: boolean): 'eval/judge' | 'eval/reward' {
  return hasJudge ? 'eval/judge' : 'eval/reward';
}

function bestOf({ start, end, best, evaluations, policies }: ReportSource): ReportedBest | null {
  if (!start || !end || !best) return null;
  const by = best.metrics['eval/judge'] === undefined ? 'reward' : 'judge';
  const value = best.metrics[meritKey(by === 'judge')];
  if (value === undefined) return null;
  const change = changeBy(pairsOf(start, best), scoreOf[by]);
  const isAboveStart = directionOf(change) === 'up';
  const isSaved = policies.includes('best');
  const used = policies.length === 0 ? null : isSaved && isAboveStart ? 'best' : 'last';
  return { by, step: best.step, value, of: evaluations, change: reported(change), isAboveStart, used };
}

/** Each failure mode that was reported once, with whether it is still open. */
function findingsOf(findings: readonly RunFinding[]): RunReport['findings'] {
  const opened = new Map<string, RunFinding>();
  const closed = new Set<string>();
  for (const finding of findings) {
    if (finding.state === 'open') opened.set(finding.regime, finding);
    if (finding.state === 'open') closed.delete(finding.regime);
    else closed.add(finding.regime);
  }
  return [...opened.values()].map(({ regime, since, cause, remedy }) => {
    return { regime, since, cause, remedy: remedy.text, isOpen: !closed.has(regime) };
  });
}

/**
 * The report of a run: start and end of every measure with paired intervals, win rates, the verdict on
 * over-optimization, what "best" means, and what the doctor found. Of a run that has evaluated nothing, it only says so
 * once the run has finished; before, and for a pipeline, whose stages have their own reports, it is null.
 */
export function reportRun(source: ReportSource): RunReport | null {
  const { run, start, end, accuracy, findings } = source;
  const pairs = start && end ? pairsOf(start, end) : [];
  const rows = rowsOf(source, pairs);
  const isBare = rows.length === 0 && !accuracy;
  if (isBare && (run.state !== 'finished' || run.recipe === 'pipeline')) return null;
  const isJudged = pairs.some(({ after }) => after.judge !== null);
  const verdict = judgeOverOptimization(
    changeBy(pairs, scoreOf.reward),
    isJudged ? changeBy(pairs, scoreOf.judge) : null,
  );
  return {
    run: run.id,
    name: run.name,
    recipe: run.recipe,
    state: run.state,
    startStep: start?.step ?? null,
    endStep: end?.step ?? null,
    rows: [...rows],
    wins: [...winsBy('reward', pairs), ...winsBy('judge', pairs)],
    verdict:
      pairs.length === 0 ? null : { isOverOptimized: verdict.isFound, reward: verdict.reward, judge: verdict.judge },
    best: bestOf(source),
    accuracy,
    findings: findingsOf(findings),
  };
}

function figureOf({ rows }: RunReport, key: string): OutcomeFigure | null {
  const row = rows.find((each) => each.key === key);
  if (!row) return null;
  const { start, end, change } = row;
  const isKnown = change?.low != null && change.high != null;
  const direction = isKnown ? directionOf({ low: change.low!, high: change.high! }) : null;
  return { key, start, end, direction };
}

const RESULTS = ['eval/reward', 'eval/accuracy', 'eval/loss'] as const;

/** The few numbers of a report that a list of runs shows; null if it has none of them. */
export function outcomeOf(report: RunReport): RunOutcome | null {
  const result = RESULTS.map((key) => figureOf(report, key)).find((figure) => figure !== null);
  if (!result) return null;
  const change = report.rows.find(({ key }) => key === result.key)?.change;
  return {
    result,
    judge: figureOf(report, 'eval/judge'),
    kl: figureOf(report, 'eval/kl_exact'),
    n: (result.key === 'eval/accuracy' ? report.accuracy?.n : change?.n) ?? null,
    isOverOptimized: report.verdict?.isOverOptimized ?? false,
  };
}
