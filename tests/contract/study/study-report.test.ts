import { expect, test } from 'vitest';
import type { StudyReport } from '#contract/api/runs/planned-studies.ts';
import type { ReadCell, StudyReading } from '#contract/api/runs/study-reading.ts';
import { studyCsv } from '#contract/study/csv.ts';
import { studyMarkdown } from '#contract/study/markdown.ts';
import { frontierSvg } from '#contract/study/picture.ts';

const mean = (key: string, value: number, half: number) => ({
  ...{ key, mean: value, low: value - half, high: value + half, least: value, most: value, n: 5 },
  over: 'seeds' as const,
});

const cell = (group: number, recipe: string, path: string, value: number): ReadCell => ({
  ...{ group, recipe, anchor: { path, value: 0.5 }, reached: 5, of: 5 },
  values: [mean('eval/judge', value, 0.25), mean('eval/reference_logprob_per_token', -1.5, 0.125)],
  predicted: { low: value - 1, high: value + 1 },
});

const READING: StudyReading = {
  kl: 2,
  key: 'eval/judge',
  cells: [cell(0, 'apa', 'method.apa_lambda', 3), cell(1, 'ppo', 'method.kl_coef', 1)],
  comparisons: [
    {
      ...{ first: 0, second: 1, difference: 2, low: 1.5, high: 2.5, error: 0.2, degrees: 8, seeds: [5, 5] },
      ...{ prompts: 64, detectable: 0.7, seedsToFind: 2, winner: 'first' },
    },
  ],
  best: [{ recipe: 'apa', group: 0 }],
  methods: { difference: 'by hand', simultaneous: 'together' },
};

const REPORT: StudyReport = {
  planned: {
    study: { id: 3, name: 'a, b', notes: 'Why.', createdAt: 1, isPlanned: true, runs: [] },
    state: 'ended',
    place: null,
    finished: 1,
    entries: [
      {
        ...{ key: 'ppo/seed=1', shared: null, label: 'ppo', knobs: {}, seed: 1, run: null, state: 'failed' as const },
        ...{ step: 3, steps: 9, problem: 'It burst.' },
      },
    ],
  },
  by: 'judge',
  matched: READING,
  within: READING,
  atEnd: null,
  frontier: [
    {
      ...{ group: 0, name: 'APA <0.5>' },
      points: [
        { kl: 0, mean: 1, low: 0, high: 2 },
        { kl: 4, mean: 3, low: 2, high: 4 },
      ],
    },
  ],
};

test('the report has every mean with its interval, the verdict, the best, and what is missing', () => {
  const text = studyMarkdown(REPORT);
  expect(text).toContain('# a, b\n\nWhy.\n');
  expect(text).toContain(
    '| APA (apa_lambda 0.5) | 5 of 5 | 3 (2.75 to 3.25) | -1.5 (-1.63 to -1.38) | 2 to 4 |\n| PPO (kl_coef 0.5) | 5 of 5 | 1 (0.75 to 1.25) |',
  );
  expect(text).toContain(
    '- APA (apa_lambda 0.5) is above PPO (kl_coef 0.5) by 2 (1.5 to 2.5; 5 and 5 seeds, 64 prompts).',
  );
  expect(text).toContain(
    '## Best configuration of each method within KL 2\n\n- APA (apa_lambda 0.5): 3 (2.75 to 3.25), 5 seeds',
  );
  expect(text).toContain('## Not finished: 1 of 1 runs\n\n- ppo/seed=1: failed: It burst.');
  expect(text).toContain('No run has been evaluated yet.');
});

test('the table for other programs', () => {
  expect(studyCsv({ ...REPORT, within: null }).split('\n')).toEqual([
    'at,kl,configuration,metric,mean,low,high,seeds,next_low,next_high',
    'matched KL,2,APA (apa_lambda 0.5),eval/judge,3,2.75,3.25,5,2,4',
    'matched KL,2,APA (apa_lambda 0.5),eval/reference_logprob_per_token,-1.5,-1.625,-1.375,5,,',
    'matched KL,2,PPO (kl_coef 0.5),eval/judge,1,0.75,1.25,5,0,2',
    'matched KL,2,PPO (kl_coef 0.5),eval/reference_logprob_per_token,-1.5,-1.625,-1.375,5,,',
    '',
  ]);
});

test('the picture draws means and intervals to scale', () => {
  const svg = frontierSvg(REPORT);
  // From x 64 (KL 0) to 560 (KL 4); y from 372 at -0.2 to 24 at 4.2: 348 / 4.4 pixels per unit, so 1 is at 277.1, 3 at 118.9.
  expect(svg).toContain('points="64.0,277.1 560.0,118.9"');
  expect(svg).toContain('points="64.0,198.0 560.0,39.8 560.0,198.0 64.0,356.2"');
  expect(svg).toContain('APA &lt;0.5>');
  expect(frontierSvg({ frontier: [], by: 'reward' })).toContain('No run has been evaluated yet.');
});
