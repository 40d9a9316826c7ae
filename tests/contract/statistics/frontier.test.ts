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
  expect(reading).toEqual({
    value: 1.5,
    half: expect.closeTo(0.3, 12),
    fromStep: 0,
    toStep: 10,
    toWeight: 0.25,
    startWeight: 0.75,
    crossings: 1,
  });
});

test('a run that comes back is read where it first was so far away', () => {
  const points = [point(0, 0, 0), point(1, 4, 4), point(2, 2, 8), point(3, 6, 0)];
  expect(readFrontier(points, 3)).toMatchObject({ value: 3, fromStep: 0, toStep: 1, crossings: 3 });
});

test('an evaluation that stands exactly there is read as it is', () => {
  const points = [point(0, 0, 1), point(5, 2, 7), point(10, 3, 9)];
  expect(readFrontier(points, 2)).toEqual({
    value: 7,
    half: null,
    fromStep: 5,
    toStep: 5,
    toWeight: 1,
    startWeight: 0,
    crossings: 1,
  });
  expect(readFrontier(points, 0)).toMatchObject({ value: 1, crossings: 1 });
});

test('beyond a run there is nothing to read', () => {
  expect(readFrontier([point(0, 0, 1), point(1, 2, 2)], 2.5)).toBeNull();
  expect(readFrontier([point(0, 0, 1), point(1, Number.NaN, 2)], 0.5)).toBeNull();
  expect(readFrontier([], 0.5)).toBeNull();
});

/** Runs whose evaluations are told apart by their own intervals only. */
const unpaired = () => null;

test('the highest value is proposed, with what came after it beyond the interval', () => {
  // Unpaired: differences of 1.6 - 2 with half √(0.2² + 0.2²) = 0.283, or √(0.5² + 0.5²) = 0.707.
  const level = [point(0, 0, 1, 0.5), point(5, 1, 2, 0.5), point(10, 2, 1.6, 0.5)];
  expect(proposeStop(level, unpaired)).toMatchObject({ step: 5, value: 2, after: 'level', last: { step: 10 } });
  const fell = [point(0, 0, 1, 0.2), point(5, 1, 2, 0.2), point(10, 2, 1.6, 0.2)];
  expect(proposeStop(fell, unpaired)).toMatchObject({ step: 5, after: 'fell', comparedStep: 5 });
  expect(proposeStop([], unpaired)).toBeNull();
  // With the start alone, nothing is known of training.
  expect(proposeStop([point(0, 0, 1, 0.2)], unpaired)).toBeNull();
});

test('more training may help only if the last evaluation is above the one halfway beyond the interval', () => {
  const points = [point(0, 0, 1, 0.5), point(5, 1, 1.5, 0.5), point(10, 2, 2, 0.5)];
  expect(proposeStop(points, unpaired)).toMatchObject({ step: 10, after: 'level', comparedStep: 5 });
  const paired = (from: number, to: number) => (from === 5 && to === 10 ? { low: 0.1, high: 0.9 } : null);
  expect(proposeStop(points, paired)).toMatchObject({ step: 10, after: 'rising', comparedStep: 5 });
  expect(proposeStop([point(0, 0, 1), point(5, 1, 2)], unpaired)).toMatchObject({ step: 5, after: 'level' });
});

test('of equal values the earlier is proposed', () => {
  expect(proposeStop([point(0, 0, 2), point(5, 1, 2)], unpaired)).toMatchObject({ step: 0, after: 'level' });
});

test('a value read between the start and the first evaluation says how much of it is the start', () => {
  const points = [point(0, 0, 1), point(5, 4, 3), point(10, 8, 5)];
  expect(readFrontier(points, 1)?.startWeight).toBe(0.75);
  expect(readFrontier(points, 0)?.startWeight).toBe(1);
  expect(readFrontier(points, 4)?.startWeight).toBe(0);
  expect(readFrontier(points, 6)?.startWeight).toBe(0);
});
