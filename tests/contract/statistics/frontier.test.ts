import { expect, test } from 'vitest';
import { type FrontierPoint, proposeStop, readFrontier } from '#contract/statistics/frontier.ts';

const point = (step: number, kl: number, value: number, half: number | null = null): FrontierPoint => ({
  step,
  kl,
  value,
  half,
});

test('a run is read between the two evaluations that enclose a KL', () => {
  // From (0, 1) to (4, 3): at KL 1 a quarter of the way, 1 + 2/4 = 1.5; the half interval 0.2 + 0.4/4 = 0.3.
  const points = [point(10, 4, 3, 0.6), point(0, 0, 1, 0.2)];
  const reading = readFrontier(points, 1);
  expect(reading).toEqual({ value: 1.5, half: expect.closeTo(0.3, 12), fromStep: 0, toStep: 10, crossings: 1 });
});

test('a run that comes back is read where it first was so far away', () => {
  const points = [point(0, 0, 0), point(1, 4, 4), point(2, 2, 8), point(3, 6, 0)];
  expect(readFrontier(points, 3)).toMatchObject({ value: 3, fromStep: 0, toStep: 1, crossings: 3 });
});

test('an evaluation that stands exactly there is read as it is', () => {
  const points = [point(0, 0, 1), point(5, 2, 7), point(10, 3, 9)];
  expect(readFrontier(points, 2)).toEqual({ value: 7, half: null, fromStep: 5, toStep: 5, crossings: 1 });
  expect(readFrontier(points, 0)).toMatchObject({ value: 1, crossings: 1 });
});

test('beyond a run there is nothing to read', () => {
  expect(readFrontier([point(0, 0, 1), point(1, 2, 2)], 2.5)).toBeNull();
  expect(readFrontier([point(0, 0, 1), point(1, Number.NaN, 2)], 0.5)).toBeNull();
  expect(readFrontier([], 0.5)).toBeNull();
});

test('the highest value is proposed, with what came after it', () => {
  const rising = [point(0, 0, 1), point(5, 1, 2)];
  expect(proposeStop(rising)).toMatchObject({ step: 5, after: 'rising' });
  const level = [point(0, 0, 1), point(5, 1, 2, 0.5), point(10, 2, 1.6, 0.5)];
  expect(proposeStop(level)).toMatchObject({ step: 5, value: 2, after: 'level', last: { step: 10 } });
  const fell = [point(0, 0, 1), point(5, 1, 2, 0.3), point(10, 2, 1.6, 0.3)];
  expect(proposeStop(fell)).toMatchObject({ step: 5, after: 'fell' });
  expect(proposeStop([])).toBeNull();
});

test('of equal values the earlier is proposed', () => {
  expect(proposeStop([point(0, 0, 2), point(5, 1, 2)])).toMatchObject({ step: 0, after: 'level' });
});
