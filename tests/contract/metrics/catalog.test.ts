import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, expectTypeOf, test } from 'vitest';
import { pointSchema } from '#contract/api/runs/run-records.ts';
import { isMetricKey, metricCatalog } from '#contract/metrics/catalog.ts';
import { type MetricPoint, metricPoints } from '#contract/metrics/metric-point.ts';

const engine = join(import.meta.dirname, '../../../src-main/engine');

function sources(folder: string): readonly string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? sources(path) : [readFileSync(path, 'utf8')];
  });
}
const text = sources(engine).join('\n');

test.each(Object.entries(metricCatalog))('%s says what it is', (_, entry) => {
  expect(entry.formula.length).toBeGreaterThan(8);
  expect(entry.unit).not.toBe('');
  expect(entry.aggregation).not.toBe('');
});

test("TRL's defects have no key: padding inside objective/entropy", () => {
  expect(isMetricKey('objective/entropy')).toBe(false);
  expect(isMetricKey('constructor')).toBe(false);
});

test('every key written in the engine is in the catalog', () => {
  const written = Array.from(text.matchAll(/\bkey: '([^']+)', value/g), ([, key]) => key!);
  expect(written.length).toBeGreaterThan(10);
  expect(written.filter((key) => !isMetricKey(key))).toEqual([]);
});

test('every key of the catalog is emitted somewhere', () => {
  const parts = (key: string) => [
    key,
    key.replace(/_(low|high)$/, ''),
    key.replace(/^eval\//, ''),
    key.replace(/^time\//, ''),
  ];
  // Written once for both sides of a pair.
  const ofSides = (key: string) => `\`${key.replace(/^eval\//, '').replace(/(chosen|rejected)$/, '$\x7bside}')}\``;
  const isWritten = (key: string) =>
    parts(key).some((part) => new RegExp(`['\`"]?\\b${part}\\b`).test(text)) ||
    (/\/(chosen|rejected)$/.test(key) && text.includes(ofSides(key)));
  expect(Object.keys(metricCatalog).filter((key) => !isWritten(key))).toEqual([]);
});

test('a point is a number and nothing else', () => {
  expectTypeOf<MetricPoint['value']>().toEqualTypeOf<number>();
  const points = metricPoints({ loss: 1, lr: Number.NaN, margin: undefined });
  expect(points).toEqual([
    { key: 'loss', value: 1 },
    { key: 'lr', value: Number.NaN },
  ]);
  for (const point of points) expect(pointSchema.safeParse(point).success).toBe(true);
  for (const value of [{ tensor: 1 }, [1], '1', null])
    expect(pointSchema.safeParse({ key: 'loss', value }).success).toBe(false);
});
