import { expect, test } from 'vitest';
import type { PreflightReport } from '#contract/api/runs/preflight.ts';
import { resolveStudy } from '#contract/config/index.ts';
import { forecastStudy } from '../../../src-main/runs/studies/study-forecast.ts';

const STUDY = resolveStudy({
  ...{ recipe: 'study', name: 'tiny', seeds: [1, 2] },
  prepare: { start: { recipe: 'sft', model: 'some/model', data: { files: 'data.jsonl' } } },
  base: {
    model: 'stage:start/policy',
    data: { files: 'data.jsonl' },
    reward: { type: 'rules', rules: [{ type: 'contains', texts: ['a'] }] },
  },
  methods: [{ recipe: 'apa', grid: { 'method.apa_lambda': [0.5, 1] } }, { recipe: 'ppo' }],
});

/** A report in which a run of each kind takes so many seconds. */
function report(seconds: Readonly<Record<string, number>>): PreflightReport {
  const stages = Object.entries(seconds).map(([stage, totalSeconds]) => ({
    ...{ stage, time: { totalSeconds }, disk: { totalBytes: 10, freeBytes: 1000 }, memory: { fits: true } },
  }));
  return { stages, peakBytes: 5, warnings: [], cluster: null } as unknown as PreflightReport;
}

test('runs at once shorten a study; shared runs, and the last of a kind, do not', () => {
  const measured = report({ start: 100, apa: 10, ppo: 7 });
  // One shared run, 2 values and 2 seeds of APA, 2 seeds of PPO.
  expect(forecastStudy(STUDY, measured)).toMatchObject({ runs: 7, totalSeconds: 100 + 4 * 10 + 2 * 7, diskBytes: 70 });
  expect(forecastStudy(STUDY, measured, 3)).toMatchObject({ runs: 7, totalSeconds: 100 + 2 * 10 + 1 * 7 });
});
