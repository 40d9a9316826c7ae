import { expect, test } from 'vitest';
import { placeOf } from '../../src-main/cli/commands/place-options.ts';

const refused = expect.objectContaining({ code: 'cluster_not_named' });

test('a run stays here unless a cluster is named; there it holds one processor and has no workers', () => {
  expect(placeOf({})).toBe(null);
  expect(placeOf({ on: 'lab' })).toEqual({ cluster: 'lab', cpus: 1, gpus: 0, workers: 0 });
  const asked = { cpus: 2, gpus: 1, workers: 3 };
  expect(placeOf({ on: 'lab', ...asked })).toEqual({ cluster: 'lab', ...asked });
});

test('what only a cluster has is refused without one', () => {
  for (const asked of [{ cpus: 1 }, { gpus: 0 }, { workers: 1 }]) expect(() => placeOf(asked)).toThrow(refused);
});
