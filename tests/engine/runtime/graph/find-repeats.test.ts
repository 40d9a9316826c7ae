import { describe, expect, it } from 'vitest';
import { findRepeats } from '#engine/runtime/graph/outline/find-repeats.ts';

/** A layer of 60 elements whose halves are similar, but not the same. */
const LAYER = Array.from({ length: 60 }, (_, index) => (index === 45 ? 99 : index % 30));
const repeated = (times: number, part: readonly number[]) => Array.from({ length: times }, () => part).flat();
/** Elements that occur once each. */
const single = (count: number, from: number) => Array.from({ length: count }, (_, index) => from + index);

describe('findRepeats', () => {
  it('finds every stretch of layers, and the period of a layer rather than of two', () => {
    const tokens = [...single(50, 1000), ...repeated(8, LAYER), ...single(70, 2000), ...repeated(5, LAYER)];
    expect(findRepeats(Int32Array.from(tokens))).toEqual([
      { from: 50, to: 530, period: 60 },
      { from: 600, to: 900, period: 60 },
    ]);
  });

  it('takes several elements at a time where few repeat', () => {
    expect(findRepeats(Int32Array.from(repeated(200, [1, 2, 3])))).toEqual([{ from: 0, to: 600, period: 36 }]);
  });

  it('does not reach across an element that stays where it is', () => {
    const tokens = repeated(8, LAYER);
    tokens[4 * 60 + 7] = -1;
    const found = findRepeats(Int32Array.from(tokens));
    expect(found).toEqual([{ from: 0, to: 4 * 60 + 7, period: 60 }].filter(({ to }) => to >= 240));
  });

  it.each([
    ['three periods', repeated(3, LAYER)],
    ['nothing that repeats', single(500, 0)],
    ['no elements', []],
  ])('finds nothing in %s', (_, tokens) => {
    expect(findRepeats(Int32Array.from(tokens))).toEqual([]);
  });
});
