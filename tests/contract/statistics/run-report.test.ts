import { expect, test } from 'vitest';
import type { RunFinding } from '#contract/api/runs/run-doctor.ts';
import { runReportSchema } from '#contract/api/runs/run-report.ts';
import { runIdSchema } from '#contract/ids.ts';
import { reportLines, reportSentences, reportSteps } from '#contract/report-words.ts';
import { type ReportedEvaluation, type ReportSource, reportRun } from '#contract/statistics/run-report.ts';
import fixture from '../../fixtures/statistics/run-report.json' with { type: 'json' };

/** Made by tests/fixtures/statistics/make.py with numpy, scipy, and statsmodels. */
const DIGITS = 5;
const id = runIdSchema.parse('20260101-000000-apa');
const METRICS = Object.fromEntries(Object.keys(fixture.expected).map((key) => [key, 0.25]));

function evaluation(step: number, rows: typeof fixture.before | typeof fixture.after): ReportedEvaluation {
  return { step, metrics: METRICS, responses: rows.map((row) => ({ ...row, score: row.score ?? Number.NaN })) };
}

const SOURCE: ReportSource = {
  run: { id, name: 'apa', recipe: 'apa', state: 'finished' },
  start: evaluation(0, fixture.before),
  end: evaluation(20, fixture.after),
  best: evaluation(20, fixture.after),
  evaluations: 3,
  policies: ['last'],
  findings: [],
  accuracy: null,
};

/** Four prompts whose reward, judge, and nothing else are given. */
function scores(step: number, reward: readonly number[], judge: readonly number[] | null): ReportedEvaluation {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    step,
    metrics: { 'eval/reward': mean(reward), ...(judge && { 'eval/judge': mean(judge) }) },
    responses: reward.map((score, promptIndex) => {
      return { promptIndex, response: '', score, judge: judge?.[promptIndex] ?? null, endedByStop: true, totals: null };
    }),
  };
}

test.each(Object.entries(fixture.expected))('%s changes as in Python, paired by prompt', (key, expected) => {
  const row = reportRun(SOURCE)!.rows.find((each) => each.key === key)!;
  const { n, ...numbers } = expected;
  const close = Object.entries(numbers).map(([name, value]) => [name, expect.closeTo(value, DIGITS)]);
  expect(row).toMatchObject({ start: 0.25, end: 0.25, change: { n, ...Object.fromEntries(close) } });
});

test.each(Object.entries(fixture.wins))(
  'the win rate by %s is that of statsmodels',
  (by, { share, low, high, ...counts }) => {
    const close = { share: expect.closeTo(share, 6), low: expect.closeTo(low, 6), high: expect.closeTo(high, 6) };
    expect(reportRun(SOURCE)!.wins.find((each) => each.by === by)).toMatchObject({ ...counts, ...close });
  },
);

test('a report is what its schema says, also after JSON, and absent numbers are absent', () => {
  const bare = reportRun({ ...SOURCE, start: scores(0, [1], null), end: scores(5, [2], null), best: null })!;
  expect(runReportSchema.parse(JSON.parse(JSON.stringify(bare)))).toEqual(bare);
  expect(bare.rows).toEqual([
    {
      key: 'eval/reward',
      start: 1,
      end: 2,
      change: { change: 1, low: null, high: null, n: 1, ties: 0, detectable: null },
    },
  ]);
});

test('a run that has evaluated nothing says so once it has finished', () => {
  const nothing = { ...SOURCE, start: null, end: null, best: null };
  const finished = reportRun(nothing)!;
  expect(reportLines(finished)).toEqual([]);
  expect(reportSentences(finished)).toEqual([
    'Nothing was evaluated, so whether the model is better than at the start is not known.',
    'The doctor found nothing.',
  ]);
  expect(reportRun({ ...nothing, run: { ...nothing.run, state: 'running' } })).toBeNull();
  expect(reportRun({ ...nothing, run: { ...nothing.run, recipe: 'pipeline' } })).toBeNull();
});

test('a run that has evaluated once has an end, and nothing to compare it with', () => {
  const once: ReportedEvaluation = { step: 41, metrics: { 'eval/loss': 0.466 }, responses: [] };
  const report = reportRun({ ...SOURCE, start: null, end: once, best: null })!;
  expect(report).toMatchObject({ rows: [{ key: 'eval/loss', start: null, end: 0.466, change: null }], best: null });
  expect(reportSteps(report)).toBe('step 41');
  expect(reportSentences(report)[0]).toBe('Held-out loss: 0.466; it was measured once.');
});

test('runs that kept only means have no intervals', () => {
  const only = (step: number): ReportedEvaluation => ({ step, metrics: { 'eval/reward': step }, responses: [] });
  const report = reportRun({ ...SOURCE, start: only(0), end: only(9), best: only(9) })!;
  expect(report.rows).toEqual([{ key: 'eval/reward', start: 0, end: 9, change: null }]);
  expect(report).toMatchObject({ wins: [], verdict: null, best: { change: null, isAboveStart: false, used: 'last' } });
  expect(reportSentences(report)[0]).toBe('Held-out reward: from 0 to 9; no interval is known.');
  expect(reportSentences(report).join(' ')).toMatch(
    /Whether it is above the start is not known, as there is no interval/,
  );
});

const LOW = [0, 0.1, 0.2, 0.1, 0, 0.2, 0.1, 0.3];
const HIGH = [1, 1.2, 0.9, 1.1, 1, 1.3, 0.8, 1.2];

test('over-optimization is in the verdict and in words; without a judge, the report says so', () => {
  const report = reportRun({
    ...SOURCE,
    start: scores(0, LOW, HIGH),
    end: scores(9, HIGH, LOW),
    best: scores(0, LOW, HIGH),
  })!;
  expect(report.verdict).toEqual({ isOverOptimized: true, reward: 'up', judge: 'down' });
  expect(reportSentences(report)).toContain(
    'Over-optimization: the reward is up and the judge is down, each beyond its interval.',
  );
  const unjudged = reportRun({
    ...SOURCE,
    start: scores(0, LOW, null),
    end: scores(9, HIGH, null),
    best: scores(9, HIGH, null),
  })!;
  expect(unjudged.verdict).toEqual({ isOverOptimized: false, reward: 'up', judge: null });
  expect(reportSentences(unjudged).join(' ')).toMatch(/There is no judge/);
});

test('the best policy is the default only if it is above the start beyond its interval', () => {
  const start = scores(0, LOW, LOW);
  const mixed = [0.4, 0, 0.3, 0, 0.1, 0.4, 0, 0.4];
  const [better, unclear] = [scores(4, LOW, HIGH), scores(4, LOW, mixed)];
  const of = (best: ReportedEvaluation, policies: readonly string[]) =>
    reportRun({ ...SOURCE, start, best, end: scores(9, LOW, LOW), policies })!;
  expect(of(better, ['last', 'best']).best).toMatchObject({ by: 'judge', step: 4, isAboveStart: true, used: 'best' });
  expect(of(unclear, ['last', 'best']).best).toMatchObject({ isAboveStart: false, used: 'last' });
  expect(of(better, []).best).toMatchObject({ used: null });
  expect(reportSentences(of(unclear, ['last', 'best'])).join(' ')).toMatch(
    /not above the start beyond its interval\. run:20260101-000000-apa\/policy is the final policy/,
  );
});

test('an unclear judge says which change it would have found, and how many prompts are ties', () => {
  const judge = [0, 1, 0, 1, 0, 1, 0, 1];
  const end = scores(9, HIGH, [0, 1, 0, 1, 0, 1, 1, 0]);
  const report = reportRun({ ...SOURCE, start: scores(0, LOW, judge), end, best: null })!;
  // scipy 1.17.1: differences [0]*6 + [1, -1]: (t.ppf(.975, 7) + t.ppf(.8, 7)) * sem = 0.616
  expect(reportSentences(report)).toContain(
    'A change of the judge of 0.616 would be found in four of five runs with these 8 prompts; 75% of the prompts are ties.',
  );
});

test('a finding that no longer occurs is told as such, one that reopened as open', () => {
  const remedy = { text: 'Set it.', path: null, value: null, isLive: false };
  const finding = (regime: RunFinding['regime'], state: RunFinding['state'], since: number): RunFinding => {
    return { regime, state, since, cause: 'Because.', evidence: [], remedy, samples: [], action: 'tell' };
  };
  const findings = [
    finding('collapse', 'open', 3),
    finding('collapse', 'closed', 3),
    finding('repetition', 'open', 4),
    finding('repetition', 'closed', 4),
    finding('repetition', 'open', 8),
  ];
  const report = reportRun({ ...SOURCE, findings })!;
  expect(report.findings.map(({ regime, since, isOpen }) => [regime, since, isOpen])).toEqual([
    ['collapse', 3, false],
    ['repetition', 8, true],
  ]);
});

test('a reward model is told with its interval and number of pairs', () => {
  const accuracy = { share: 0.8, low: 0.72, high: 0.87, n: 100 };
  const source = { ...SOURCE, start: null, end: null, best: null, accuracy };
  const report = reportRun({ ...source, run: { ...SOURCE.run, recipe: 'reward-model' } })!;
  expect(reportSentences(report)[0]).toBe('The reward model agrees with 80.0% (72.0% to 87.0%) of 100 held-out pairs.');
  expect(reportLines(report)).toEqual([expect.objectContaining({ end: '80.0%', change: '72.0% to 87.0%', n: '100' })]);
});
