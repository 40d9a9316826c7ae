import { expect, test } from 'vitest';
import { metricFacts } from '#contract/page-facts.ts';
import { plotNote } from '../../../../../src-renderer/pages/run/plots/plot-note.ts';

test('a sentence speaks of what the run has: no judge where there is none, and the anchor of its method', () => {
  const kl = (recipe: string) => plotNote('objective/kl', [], { recipe, hasJudge: true });
  expect([kl('apa'), kl('ppo')]).toEqual([
    'Rises and levels off, lower for a larger λ; k1 and k3 agree.',
    'Rises and levels off, lower for a larger kl_coef; k1 and k3 agree.',
  ]);
  const reward = (hasJudge: boolean) => plotNote('objective/scores', [], { recipe: 'apa', hasJudge });
  expect([reward(true), reward(false)]).toEqual([
    'Rises and levels off; the held-out reward stays slightly below, and the judge rises with both.',
    'Rises and levels off; the held-out reward stays slightly below.',
  ]);
});

test('whatever speaks of a judge or of λ is fitted: no sentence does so in a run that has neither', () => {
  // A metric of APA alone may speak of λ.
  const keys = Object.keys(metricFacts).filter((key) => !key.startsWith('apa/'));
  const notes = keys.map((key) => plotNote(key, [], { recipe: 'sft', hasJudge: false }));
  const normal = new Set(Object.values(metricFacts).map((facts) => facts.normal));
  expect(notes.filter((note) => normal.has(note) && /judge|λ/.test(note))).toEqual([]);
});
