import { expect, test } from 'vitest';
import { drawPairs } from '../../../src-main/api/ratings/draw-pairs.ts';
import { samplesAtStep } from '../../../src-main/api/studies/samples-at-step.ts';
import { fakeHost } from '../../runs/fake-host.ts';
import { addSyntheticRun, ONLINE } from '../synthetic-runs.ts';

function sides() {
  const host = fakeHost({});
  const steps = ['a', 'b'].map((side) => {
    const replies = Array.from({ length: 40 }, (_, index) => ({
      prompt: `p${index}`,
      response: index === 7 ? 'same' : `${side}${index}`,
    }));
    const run = addSyntheticRun(host, { config: { ...ONLINE, recipe: 'apa' }, steps: [{ step: 5, replies }] });
    return samplesAtStep(host, { run: run.id, step: null });
  });
  return steps;
}

test('every prompt once, equal replies left out, order and sides drawn and not the order given', () => {
  const { pairs, identical } = drawPairs(sides(), 0, null);
  expect(identical).toBe(1);
  expect(new Set(pairs.map(({ prompt }) => prompt)).size).toBe(39);
  expect(pairs.map(({ prompt }) => prompt)).not.toEqual(pairs.map(({ prompt }) => prompt).sort());
  for (const { prompt, leftSide, rightSide, leftReply, rightReply } of pairs) {
    const index = prompt.slice(1);
    expect([leftReply, rightReply]).toEqual([leftSide, rightSide].map((side) => `${'ab'[side]}${index}`));
  }
  // 39 fair coins: 7 to 32 heads with probability above 0.9999.
  const firstLeft = pairs.filter(({ leftSide }) => leftSide === 0).length;
  expect(firstLeft).toBeGreaterThan(6);
  expect(firstLeft).toBeLessThan(33);
});

test('the seed alone decides, and a limit takes the first of them', () => {
  const given = sides();
  expect(drawPairs(given, 5, null)).toEqual(drawPairs(given, 5, null));
  expect(drawPairs(given, 6, null)).not.toEqual(drawPairs(given, 5, null));
  expect(drawPairs(given, 5, 3).pairs).toEqual(drawPairs(given, 5, null).pairs.slice(0, 3));
});
