import { expect, test } from 'vitest';
import type { RunLine } from '../../../../src-main/contract/api/runs/overview.ts';
import type { RunId } from '../../../../src-main/contract/ids.ts';
import { runMatches } from '../../../../src-renderer/pages/runs/run-columns.ts';
import { coefficientText, costFigure, mainFigure } from '../../../../src-renderer/pages/runs/run-figures.ts';

const LINE: RunLine = {
  ...{ id: '20260101-000000-warm' as RunId, number: 1, name: 'warm support', recipe: 'apa', state: 'finished' },
  ...{ parent: null, stage: null, createdAt: 0, startedAt: 0, finishedAt: 1000, lastStep: 4, problem: null },
  ...{ pausedBecause: null, resumesAt: null },
  ...{ model: 'starter/policy', dataset: 'prompts.jsonl', coefficient: { path: 'method.apa_lambda', value: 0.5 } },
  ...{
    progress: null,
    plan: null,
    spark: null,
    labels: { tags: ['baseline'], group: 'night', notes: '' },
    figures: { 'objective/scores': 1, 'eval/reward': 2.345, 'objective/kl': 0.5 },
  },
};

test('every word has to be found somewhere in the line', () => {
  const found = (wanted: string, method = '') => runMatches(LINE, wanted, method);
  expect([found(''), found('SUPPORT prompts'), found('warm lost'), found('policy', 'ppo')]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test('a run is told by the figure that counts, what it cost, and its coefficient', () => {
  expect([mainFigure(LINE)?.text, costFigure(LINE)?.text, coefficientText(LINE)]).toEqual([
    'reward 2.35',
    'KL 0.5',
    'λ 0.5',
  ]);
  expect(mainFigure({ ...LINE, recipe: 'reward-model', figures: { accuracy: 0.941 } })?.text).toBe('agrees 94.1%');
  expect(mainFigure({ ...LINE, figures: {} })).toBeNull();
});
