import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { shippedPackages } from '../../scripts/licenses.ts';
import { readAbout, readLicenseText } from '../../src-main/runs/diagnostics/about.ts';

const PERMISSIVE = /^(MIT|ISC|0BSD|Apache-2\.0|BSD-[23]-Clause|CC0-1\.0)$/;

test('the list names every package of the lock file that is shipped; `node scripts/licenses.ts` makes it', () => {
  const shipped = shippedPackages().map(({ name, version, license }) => ({ name, version, license }));
  expect(shipped.length).toBeGreaterThan(100);
  expect(shipped.map(({ name }) => name)).not.toContain('vitest');
  expect(readAbout().packages).toEqual(shipped);
});

test('every license is a permissive one, and each direct dependency has its text', () => {
  const words = shippedPackages().flatMap(({ name, license }) =>
    license.split(/[()\s]+|AND|OR/).map((word) => [name, word] as const),
  );
  expect(words.filter(([, word]) => word !== '' && !PERMISSIVE.test(word))).toEqual([]);
  const { dependencies } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const silent = Object.keys(dependencies).filter((name) => readLicenseText(name) === null);
  // These name their license in package.json alone.
  expect(silent).toEqual(['@tensorflow/tfjs', '@tensorflow/tfjs-node-gpu']);
  expect(readLicenseText('vue')).toContain('Permission is hereby granted');
});
