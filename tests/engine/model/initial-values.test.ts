import { describe, expect, it } from 'vitest';
import { createHead } from '#engine/model/heads.ts';
import { initialValues } from '#engine/model/initial-values.ts';

const moments = (values: Float32Array) => {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  return { mean, deviation: Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length) };
};

describe('initial values', () => {
  const normal = { name: 'a', shape: [201, 501], init: { kind: 'normal', deviation: 0.02 } } as const;

  it('are normal with the asked deviation', () => {
    const { mean, deviation } = moments(initialValues(normal, 0));
    expect(Math.abs(mean)).toBeLessThan((5 * 0.02) / Math.sqrt(201 * 501));
    expect(deviation / 0.02).toBeCloseTo(1, 2);
  });

  it('fill PyTorch’s interval for a dense layer', () => {
    for (const parameter of createHead('value', 64).parameters) {
      const bound = 1 / Math.sqrt(parameter.name.startsWith('value_head.0') ? 64 : 128);
      const values = initialValues(parameter, 7);
      expect(values.every((x) => Math.abs(x) <= bound)).toBe(true);
      if (values.length > 5000) expect(moments(values).deviation).toBeCloseTo(bound / Math.sqrt(3), 3);
    }
  });

  it('depend on name and seed alone', () => {
    const first = initialValues(normal, 0);
    expect(initialValues(normal, 0)).toEqual(first);
    expect(initialValues({ ...normal, shape: [3] }, 0)).toEqual(first.slice(0, 3));
    expect(initialValues(normal, 1)).not.toEqual(first);
    expect(initialValues({ ...normal, name: 'b' }, 0)).not.toEqual(first);
    expect(initialValues({ ...normal, init: { kind: 'ones' } }, 0)[5]).toBe(1);
  });
});
