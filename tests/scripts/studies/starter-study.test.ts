import { expect, test } from 'vitest';
import { resolveStudy } from '#contract/config/index.ts';
import { countInside, publishedCells } from '../../../scripts/studies/fresh-cells.ts';
import { FRESH_STUDY, SHORT_STUDY, STARTER_STUDY, starterStudy } from '../../../scripts/studies/starter-study.ts';

test('three methods with four values and five seeds on one reward model', () => {
  const { entries, study } = resolveStudy(starterStudy(STARTER_STUDY));
  expect(entries).toHaveLength(1 + 3 * 4 * 5);
  expect(study.reading.by).toBe('judge');
  const same = (path: string) => new Set(entries.slice(1).map(({ file }) => JSON.stringify(file[path]))).size;
  expect(['model', 'data', 'reward', 'judge', 'updates', 'rollouts', 'generation'].map(same)).toEqual(Array(7).fill(1));
});

test('fresh seeds are others, and the short form is the same study in small', () => {
  const seedsOf = (size: typeof STARTER_STUDY) => resolveStudy(starterStudy(size)).study.seeds;
  expect(seedsOf(FRESH_STUDY).filter((seed) => seedsOf(STARTER_STUDY).includes(seed))).toEqual([]);
  expect(resolveStudy(starterStudy(FRESH_STUDY)).entries).toHaveLength(1 + 3 * 4);
  expect(resolveStudy(starterStudy(SHORT_STUDY)).entries.map(({ label }) => label)).toEqual([
    'reward',
    ...['apa', 'ppo', 'awr', 'apa', 'ppo', 'awr'],
  ]);
});

const CSV = `at,kl,configuration,metric,mean,low,high,seeds,next_low,next_high
matched KL,2,APA,eval/judge,9,8,10,5,7,11
last evaluation,,"APA ""a"", b",eval/judge,1,0,2,5,-1,3
last evaluation,,"APA ""a"", b",eval/kl_exact,5,4,6,5,,
last evaluation,,PPO,eval/judge,2,1,3,5,0.5,3.5
`;

test('fresh cells are held against the published intervals of the last evaluation', () => {
  const published = publishedCells(CSV);
  expect(published).toEqual([
    { configuration: 'APA "a", b', mean: 1, low: -1, high: 3 },
    { configuration: 'PPO', mean: 2, low: 0.5, high: 3.5 },
  ]);
  const fresh = [
    { configuration: 'APA "a", b', mean: 3, low: Number.NaN, high: Number.NaN },
    { configuration: 'PPO', mean: 3.6, low: Number.NaN, high: Number.NaN },
    { configuration: 'AWR', mean: 0, low: Number.NaN, high: Number.NaN },
  ];
  expect(countInside(published, fresh)).toMatchObject({ inside: 1, of: 3 });
});
