import { expect, test } from 'vitest';
import type { RunFinding } from '#contract/api/runs/run-doctor.ts';
import { metricCatalog } from '#contract/metrics/catalog.ts';
import { doctorSentence, plotSentence } from '#contract/metrics/normal-sentences.ts';

const COLLAPSE: RunFinding = {
  ...{ regime: 'collapse', state: 'open', since: 9, cause: 'One reply.', action: 'pause', samples: [] },
  evidence: [
    { key: 'objective/sampled_entropy_per_token', over: '', value: 0, relation: 'below', threshold: 1, start: 5 },
  ],
  remedy: { text: '', path: null, value: null, isLive: false },
};

test('what is normal of a metric is one sentence', () => {
  const sentences = Object.values(metricCatalog).flatMap(({ normal }) => normal ?? []);
  expect(sentences.length).toBeGreaterThan(30);
  expect(sentences.filter((sentence) => !/^[^.]+(0\.\d[^.]*)*\.$/.test(sentence))).toEqual([]);
});

test('the doctor speaks in its place where a finding is about the metric or one that means the same', () => {
  const said = 'Collapse since step 9: One reply.';
  expect(plotSentence('objective/sampled_entropy_per_token', [COLLAPSE])).toBe(said);
  expect(plotSentence('eval/entropy_per_token', [COLLAPSE])).toBe(said);
  expect(plotSentence('objective/kl', [COLLAPSE])).toBe(metricCatalog['objective/kl'].normal);
  expect(doctorSentence('eval/entropy_per_token', [{ ...COLLAPSE, state: 'closed' }])).toBeNull();
  expect(plotSentence('my/own', [COLLAPSE])).toBeNull();
});
