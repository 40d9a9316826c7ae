import { expect, test } from 'vitest';
import type { OverviewBatch, RunLine } from '../../../src-main/contract/api/runs/overview.ts';
import { decodeFloats } from '../../../src-main/contract/float-array.ts';
import type { RunHost } from '../../../src-main/runs/host/run-host.ts';
import { durably } from '../../../src-main/store/database.ts';
import { insertRun } from '../../../src-main/store/queries/runs.ts';
import { CONFIG, fakeHost } from '../fake-host.ts';

const START = { config: CONFIG, baseFolder: process.cwd() };

/** Follows the overview until a condition holds of all lines as a page would keep them. */
async function followUntil(host: RunHost, done: (lines: ReadonlyMap<string, RunLine>) => boolean) {
  const abort = new AbortController();
  const lines = new Map<string, RunLine>();
  const batches: (OverviewBatch & { readonly at: number })[] = [];
  for await (const batch of host.watchAll({ limit: 1000, signal: abort.signal })) {
    batches.push({ ...batch, at: performance.now() });
    for (const line of batch.lines) lines.set(line.id, line);
    for (const id of batch.removed) lines.delete(id);
    if (batch.isCaughtUp && done(lines)) abort.abort();
  }
  return { lines, batches };
}

const stateOf = (lines: ReadonlyMap<string, RunLine>, id: string) => lines.get(id)?.state;

test('a run that starts, works and ends is told line by line, at most ten times a second', async () => {
  const host = fakeHost({ steps: 60, stepMilliseconds: 10 });
  const followed = followUntil(host, (lines) => [...lines.values()].some(({ state }) => state === 'finished'));
  await new Promise((resolve) => setImmediate(resolve));
  const run = host.start({ ...START, overrides: [], name: null });
  const { lines, batches } = await followed;
  const seen = batches.flatMap((batch) => batch.lines.map(({ state }) => state));
  expect(batches[0]?.lines).toEqual([]);
  expect([seen.includes('running'), seen.at(-1)]).toEqual([true, 'finished']);
  expect(batches.some((batch) => batch.lines.some(({ progress }) => (progress?.done ?? 0) > 0))).toBe(true);
  const gaps = batches.slice(2).map(({ at }, index) => at - batches[index + 1]!.at);
  expect(Math.min(...gaps)).toBeGreaterThan(90);
  const line = lines.get(run.id)!;
  expect(line).toMatchObject({ model: 'some/model', dataset: 'data.jsonl', figures: { loss: 1 / 60 }, problem: null });
  expect(decodeFloats(line.spark!.values)).toHaveLength(40);
  expect(decodeFloats(line.spark!.values)[0]).toBe(1);
});

test('a removed run is told as removed', async () => {
  const host = fakeHost({ steps: 1 });
  const run = host.start({ ...START, overrides: [], name: null });
  await host.idle();
  let isRemoved = false;
  const { lines, batches } = await followUntil(host, (seen) => {
    if (!isRemoved) host.remove(run.id);
    isRemoved = true;
    return stateOf(seen, run.id) === undefined;
  });
  expect(lines.size).toBe(0);
  expect(batches.at(-1)).toMatchObject({ lines: [], removed: [run.id] });
});

test('many runs come in slices, and the host has its turn between them', async () => {
  const host = fakeHost({});
  const { store } = host.setup;
  const place = { parent: null, stage: null, folder: '/r', baseFolder: '/', device: 'default', configGiven: '{}' };
  durably(store.write, () => {
    for (let at = 0; at < 250; at += 1) {
      const id = `20260101-000000-run-${at}`;
      insertRun(store.write, { ...place, id, name: `run ${at}`, recipe: 'apa', config: {}, createdAt: at });
    }
  });
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 0);
  const { lines, batches } = await followUntil(host, ({ size }) => size === 250);
  clearInterval(timer);
  expect(batches.map((batch) => [batch.lines.length, batch.isCaughtUp])).toEqual([
    [100, false],
    [100, false],
    [50, true],
  ]);
  expect([...lines.keys()][0]).toBe('20260101-000000-run-249');
  expect(turns).toBeGreaterThan(0);
});
