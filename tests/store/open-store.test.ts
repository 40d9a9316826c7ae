import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inTransaction } from '../../src-main/store/database.ts';
import { openStore } from '../../src-main/store/open-store.ts';
import { readSeries, upsertPoints } from '../../src-main/store/queries/metrics.ts';
import { addRun, temporaryFolder } from './temporary-store.ts';

function filledStore(): string {
  const path = join(temporaryFolder(), 'store.sqlite');
  const store = openStore(path);
  const run = addRun(store.write);
  inTransaction(store.write, () => {
    for (let step = 0; step < 2000; step += 1) {
      upsertPoints(store.write, run, { step, points: [{ key: 'loss', value: step }], at: 1, sequence: step + 1 });
    }
  });
  store.close();
  return path;
}

test('a store opens again with its rows', () => {
  const store = openStore(filledStore());
  expect(readSeries(store.read, 1, 'loss', 1998).map((row) => row.value)).toEqual([1998, 1999]);
  store.close();
});

describe('a damaged store is refused and left as it is', () => {
  const flip = (path: string, offset: number) => {
    const bytes = readFileSync(path);
    for (let index = 0; index < 64; index += 1) bytes[offset + index]! ^= 0xff;
    writeFileSync(path, bytes);
  };
  const damages: Record<string, (path: string) => void> = {
    'the first page': (path) => flip(path, 0),
    'a page inside': (path) => flip(path, Math.floor(statSync(path).size / 4096 / 2) * 4096),
    'half of it is gone': (path) => truncateSync(path, Math.floor(statSync(path).size / 2)),
    '0 bytes': (path) => truncateSync(path, 0),
    'something else': (path) => writeFileSync(path, 'this is a text file, and a rather long one at that\n'.repeat(100)),
  };
  test.each(Object.keys(damages))('%s', (name) => {
    const path = filledStore();
    damages[name]?.(path);
    const before = readFileSync(path);
    expect(() => openStore(path)).toThrow(expect.objectContaining({ code: 'store_corrupted' }));
    expect(readFileSync(path).equals(before)).toBe(true);
  });
});

test('a folder in the place of the store is no store', () => {
  expect(() => openStore(temporaryFolder())).toThrow();
});
