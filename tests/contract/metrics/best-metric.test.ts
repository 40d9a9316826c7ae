import { expect, test } from 'vitest';
import { bestMetric, bestName } from '#contract/metrics/best-metric.ts';

test('the best checkpoint is by the metric that the recipe compares its evaluations by', () => {
  // As engine/recipes and engine/session/online/evaluate-online.ts choose it.
  const judged = { judge: { type: 'rules' } };
  expect([
    bestMetric('apa', judged),
    bestMetric('ppo', { judge: null }),
    bestMetric('awr', {}),
    bestMetric('reward-model', {}),
    bestMetric('sft', judged),
    bestMetric('dpo', {}),
    bestMetric('pipeline', {}),
  ]).toEqual(['eval/judge', 'eval/reward', 'eval/reward', 'eval/accuracy', 'eval/loss', 'eval/loss', null]);
  expect([bestName('eval/judge'), bestName('my/own')]).toEqual(['judge', 'my/own']);
});
