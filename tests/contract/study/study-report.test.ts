import { expect, test } from 'vitest';
import type { StudyReport } from '#contract/api/runs/planned-studies.ts';
import type { ReadCell, StudyReading } from '#contract/api/runs/study-reading.ts';
import { studyCsv } from '#contract/study/csv.ts';
import { studyMarkdown } from '#contract/study/markdown.ts';
import { drawStudy, type Pen, pictureSize } from '#contract/study/picture.ts';

const mean = (key: string, value: number, half: number) => ({
  ...{ key, mean: value, low: value - half, high: value + half, least: value, most: value, n: 5 },
  over: 'seeds' as const,
});

const cell = (group: number, recipe: string, path: string, value: number): ReadCell => ({
  ...{ group, name: recipe === 'apa' ? 'APA (apa_lambda 0.5)' : 'PPO (kl_coef 0.5)', recipe },
  ...{ anchor: { path, value: 0.5 }, reached: 5, of: 5, gain: mean('eval/judge', value - 1, 0.5) },
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
        ...{ step: 3, steps: 9, problem: 'It burst.', node: null },
      },
    ],
  },
  by: 'judge',
  commonKl: 4,
  matched: READING,
  within: READING,
  atEnd: null,
  frontier: [
    {
      ...{ group: 0, name: 'APA (apa_lambda 0.5)', recipe: 'apa' },
      points: [
        { kl: 0, mean: 1, low: 0, high: 2 },
        { kl: 4, mean: 3, low: 2, high: 4 },
      ],
    },
  ],
  runs: [],
  bestOf: {
    ...{ samples: 2, prompts: 8, distinct: 0.75 },
    points: [
      { n: 1, kl: 0, mean: 0, low: 0, high: 0 },
      { n: 2, kl: 0.1931471805599453, mean: 0.5, low: 0.25, high: 0.75 },
    ],
  },
};

test('the report has every mean with its interval, the verdict, the best, and what is missing', () => {
  const text = studyMarkdown(REPORT);
  expect(text).toContain('# a, b\n\nWhy.\n');
  expect(text).toContain(
    '| APA (apa_lambda 0.5) | 5 of 5 | 2 (1.5 to 2.5) | 3 (2.75 to 3.25) | -1.5 (-1.63 to -1.38) | 2 to 4 |\n| PPO (kl_coef 0.5) | 5 of 5 | 0 (-0.5 to 0.5) | 1 (0.75 to 1.25) |',
  );
  expect(text).toContain(
    '- APA (apa_lambda 0.5) is above PPO (kl_coef 0.5) by 2 (1.5 to 2.5; 5 and 5 seeds, 64 prompts).',
  );
  expect(text).toContain(
    '## Best configuration of each method within KL 2\n\n- APA (apa_lambda 0.5): 3 (2.75 to 3.25), 5 seeds',
  );
  expect(text).toContain('## Not finished: 1 of 1 runs\n\n- ppo/seed=1: failed: It burst.');
  expect(text).toContain('| 2 | 0.193 | 0.5 (0.25 to 0.75) |');
  expect(text).toContain('75% of these 2 responses per prompt are distinct');
  expect(text).toContain('No run has been evaluated yet.');
});

test('the table for other programs', () => {
  expect(studyCsv({ ...REPORT, within: null }).split('\n')).toEqual([
    'at,kl,configuration,metric,mean,low,high,seeds,next_low,next_high',
    'matched KL,2,APA (apa_lambda 0.5),eval/judge,3,2.75,3.25,5,2,4',
    'matched KL,2,APA (apa_lambda 0.5),eval/reference_logprob_per_token,-1.5,-1.625,-1.375,5,,',
    'matched KL,2,APA (apa_lambda 0.5),eval/judge gain,2,1.5,2.5,5,,',
    'matched KL,2,PPO (kl_coef 0.5),eval/judge,1,0.75,1.25,5,0,2',
    'matched KL,2,PPO (kl_coef 0.5),eval/reference_logprob_per_token,-1.5,-1.625,-1.375,5,,',
    'matched KL,2,PPO (kl_coef 0.5),eval/judge gain,0,-0.5,0.5,5,,',
    'KL at most,0,best of 1,eval/judge gain,0,0,0,,,',
    'KL at most,0.1931471805599453,best of 2,eval/judge gain,0.5,0.25,0.75,,,',
    '',
  ]);
});

/** A canvas that keeps what is drawn on it. */
function recordingPen() {
  const paths: string[] = [];
  const texts: string[] = [];
  let path: string[] = [];
  const nothing = () => undefined;
  const point = (x: number, y: number) => void path.push(`${x.toFixed(1)},${y.toFixed(1)}`);
  const keep = () => void paths.push(path.join(' '));
  const pen: Pen = {
    ...{ fillStyle: '', strokeStyle: '', lineWidth: 1, globalAlpha: 1, font: '', textAlign: 'start' },
    beginPath: () => {
      path = [];
    },
    ...{ moveTo: point, lineTo: point, stroke: keep, fill: keep, fillText: (text) => void texts.push(text) },
    ...{ closePath: nothing, rect: nothing, clip: nothing, fillRect: nothing, setLineDash: nothing },
    ...{ save: nothing, restore: nothing, scale: nothing, translate: nothing, rotate: nothing },
  };
  return { pen, paths, texts };
}

test('the picture draws means and intervals to scale', () => {
  const { pen, paths, texts } = recordingPen();
  drawStudy(pen, REPORT);
  // From x 64 (KL 0) to 540 (KL 4); y from 388 at -0.2 to 44 at 4.2: 344 / 4.4 pixels per unit, so 1 is at 294.2, 3 at 137.8.
  expect(paths).toContain('64.0,294.2 540.0,137.8');
  expect(paths).toContain('64.0,216.0 540.0,59.6 540.0,216.0 64.0,372.4');
  // Intervals at KL 2, from -0.65 at x 850 to 2.65 at 1060: 63.6 pixels per unit, so APA's goes from 986.8 to 1050.5.
  expect(paths).toContain('986.8,64.0 1050.5,64.0');
  // Best of 2: KL 0.193 at x 87, 0.5 at y 333.3.
  expect(paths).toContain('64.0,372.4 87.0,333.3');
  expect(texts).toEqual(expect.arrayContaining(['a, b', 'APA (apa_lambda 0.5)', 'Gain in judge over the start']));
  expect(pictureSize(REPORT)).toEqual({ width: 1080, height: 440 });
  const empty = recordingPen();
  drawStudy(empty.pen, { ...REPORT, frontier: [] });
  expect(empty.texts).toEqual(['a, b', 'No run has been evaluated yet.']);
});
