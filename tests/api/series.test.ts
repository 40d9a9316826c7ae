import { createRouterClient } from '@orpc/server';
import { expect, test } from 'vitest';
import { ownContext } from '../../src-main/api/base.ts';
import { router } from '../../src-main/api/router.ts';
import type { EncodedPoints } from '../../src-main/contract/api/runs/series.ts';
import { decodeDoubles } from '../../src-main/contract/float-array.ts';
import { CONFIG, fakeHost, watchAll } from '../runs/fake-host.ts';

const read = ({ steps, values }: EncodedPoints) =>
  [...decodeDoubles(steps)].map((step, at) => [step, decodeDoubles(values)[at]]);

async function finishedRun(steps: number) {
  const host = fakeHost({ steps, checkpointEvery: 1000 });
  const client = createRouterClient(router, { context: ownContext(host) });
  const run = await client.runs.start({ config: CONFIG, baseFolder: process.cwd() });
  await watchAll(host, run.id);
  return { client, run };
}

test('series come with what a watcher goes on after, unknown keys left out', async () => {
  const { client, run } = await finishedRun(4);
  const answer = await client.runs.series({ run: run.id, keys: ['loss', 'nothing'] });
  expect(answer.series.map(read)).toEqual([
    [
      [1, 1],
      [2, 1 / 2],
      [3, 1 / 3],
      [4, 1 / 4],
    ],
  ]);
  expect(answer).toMatchObject({ extent: [1, 4], axis: null, series: [{ key: 'loss', count: 4, means: null }] });
  expect(answer.sequence).toBe((await client.runs.get({ run: run.id })).sequence);
  expect(await client.runs.keys({ run: run.id })).toEqual(['eps', 'loss']);
});

test('wall time rises with the steps; a run that counts no tokens says so', async () => {
  const { client, run } = await finishedRun(3);
  const { axis } = await client.runs.series({ run: run.id, keys: ['loss'], axis: 'wall' });
  const times = read(axis!);
  expect(times.map(([step]) => step)).toEqual([1, 2, 3]);
  expect(times.every(([, at], index) => at! >= (times[index - 1]?.[1] ?? run.createdAt))).toBe(true);
  expect((await client.runs.series({ run: run.id, keys: ['loss'], axis: 'tokens' })).axis).toBeNull();
});

test('a series longer than the plot comes thinned, with its means', async () => {
  const { client, run } = await finishedRun(300);
  const { series } = await client.runs.series({ run: run.id, keys: ['loss'], buckets: 10 });
  expect(series[0]).toMatchObject({ count: 300 });
  expect(read(series[0]!).length).toBeLessThanOrEqual(22);
  expect(read(series[0]!).at(-1)).toEqual([300, 1 / 300]);
  expect(read(series[0]!.means!)).toHaveLength(10);
});
