import { expect, test } from 'vitest';
import { heatScale, legendStops, shadeColor, shadeOf } from '../../../src-renderer/pages/samples/heat-scale.ts';

test('one extreme token among many does not make the others pale', () => {
  const values = [...Array.from({ length: 99 }, (_, index) => (index + 1) / 99), 50];
  expect(heatScale(values, false).limit).toBeCloseTo(98 / 99, 12);
  expect(heatScale([], false).limit).toBe(1);
  expect(heatScale([0, 0, Number.NaN], true).limit).toBe(1);
});

test('signed values have two hues around zero, sizes have one', () => {
  const signed = heatScale([-2, 2], true);
  expect([-1, 0, 9].map((value) => shadeOf(value, signed))).toEqual([
    { tone: '--heat-negative', strength: 0.5 },
    { tone: '--heat-positive', strength: 0 },
    { tone: '--heat-positive', strength: 1 },
  ]);
  expect(shadeOf(-1, heatScale([2], false))).toEqual({ tone: '--heat', strength: 0.5 });
  expect(shadeOf(Number.NaN, signed)).toBeNull();
  expect(shadeColor(null)).toBe('transparent');
  expect(legendStops(signed)).toEqual([-2, -1, 0, 1, 2]);
  expect(legendStops(heatScale([4], false))).toEqual([0, 1, 2, 3, 4]);
});
