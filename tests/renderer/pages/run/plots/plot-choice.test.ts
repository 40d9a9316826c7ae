import { expect, test } from 'vitest';
import { isMetricKey } from '../../../../../src-main/contract/metrics/catalog.ts';
import { chosenPlots, metricGroups, moved, toggled } from '../../../../../src-renderer/pages/run/plots/plot-choice.ts';
import { defaultPlots } from '../../../../../src-renderer/pages/run/plots/plot-specs.ts';

test('every recipe opens with six plots of metrics that are in the catalog', () => {
  for (const recipe of ['apa', 'ppo', 'awr', 'sft', 'reward-model']) {
    const plots = defaultPlots(recipe);
    expect(plots).toHaveLength(6);
    const keys = plots.flatMap(({ about, variants }) => [
      about,
      ...variants.flatMap(({ lines }) => lines.map(({ key }) => key)),
    ]);
    expect(keys.filter((key) => !isMetricKey(key))).toEqual([]);
  }
});

test('a choice keeps its order, takes metrics in, and forgets what means nothing any more', () => {
  const ids = ['kl', 'metric:apa/residual_mean', 'gone', 'reward'];
  expect(chosenPlots('apa', ids).map(({ title }) => title)).toEqual([
    'KL to the reference',
    'apa/residual_mean',
    'Reward',
  ]);
  expect(toggled(['a', 'b'], 'a')).toEqual(['b']);
  expect(toggled(['a'], 'b')).toEqual(['a', 'b']);
  expect(moved(['a', 'b', 'c'], 'c', -1)).toEqual(['a', 'c', 'b']);
  expect(moved(['a', 'b'], 'a', -1)).toEqual(['a', 'b']);
});

test('the metrics of a run stand under the headings of the catalog', () => {
  expect(metricGroups(['my/own', 'objective/kl', 'lr', 'objective/scores'])).toEqual([
    { name: 'Objective', keys: ['objective/kl', 'objective/scores'] },
    { name: 'Updates', keys: ['lr'] },
    { name: 'Others', keys: ['my/own'] },
  ]);
});
