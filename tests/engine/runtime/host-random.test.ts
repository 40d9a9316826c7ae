import { describe, expect, it } from 'vitest';
import { seededGenerator } from '#engine/runtime/host-random.ts';
import { philox } from '#engine/runtime/philox.ts';

const hex = (words: readonly number[]) => words.map((word) => word.toString(16).padStart(8, '0')).join(' ');

describe('philox', () => {
  // Known answers of Random123, kat_vectors, philox 4x32 10.
  it.each([
    [[0, 0, 0, 0], [0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    [[0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], '408f276d 41c83b0e a20bc7c6 6d5451fd'],
    [[0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0], 'd16cfe09 94fdcceb 5001e420 24126ea1'],
  ] as const)('gives the published bits for %s', (counter, key, expected) => {
    expect(hex(philox([...counter], [...key]))).toBe(expected);
  });
});

describe('seededGenerator', () => {
  const draws = (seed: number, stream: string) => {
    const generator = seededGenerator(seed, stream);
    return Array.from({ length: 1000 }, () => generator.uniform());
  };

  it('is a function of seed and stream, and 0 is a seed', () => {
    expect(draws(0, 'shuffle')).toEqual(draws(0, 'shuffle'));
    const firsts = [draws(0, 'a'), draws(1, 'a'), draws(0, 'b'), draws(-1, 'a'), draws(2 ** 40, 'a')].map(([x]) => x);
    expect(new Set(firsts).size).toBe(5);
    expect(() => seededGenerator(0.5, 'a')).toThrow('integer');
  });

  it('is uniform and normal', () => {
    const values = draws(3, 'u');
    const mean = values.reduce((a, b) => a + b) / values.length;
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    // Five standard errors of a mean of 1000: 5 / sqrt(12000).
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.046);
    const generator = seededGenerator(3, 'n');
    const normals = Array.from({ length: 1000 }, () => generator.normal());
    expect(Math.abs(normals.reduce((a, b) => a + b) / 1000)).toBeLessThan(0.16);
    const square = normals.reduce((a, b) => a + b * b, 0) / 1000;
    expect(Math.abs(square - 1)).toBeLessThan(0.23);
  });

  it('shuffles into every order', () => {
    const generator = seededGenerator(0, 'orders');
    const seen = new Set(Array.from({ length: 200 }, () => generator.shuffle([1, 2, 3]).join('')));
    expect([...seen].sort()).toEqual(['123', '132', '213', '231', '312', '321']);
  });
});
