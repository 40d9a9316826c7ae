import { expect, test } from 'vitest';
import {
  AT_STEP_SQL,
  listSampleSteps,
  readSamples,
  readSamplesAt,
  upsertSample,
} from '../../../src-main/store/queries/samples.ts';
import { openMemoryStore } from '../../support/memory-store.ts';
import { addRun } from '../temporary-store.ts';

const row = {
  promptIndex: 2,
  prompt: 'Where is my parcel?',
  response: 'On its way \u0000 ‮ ünï',
  ids: [5, 9, 0],
  tokens: ['On', ' its', ' way'],
  logprobs: [-0.1, -2.5e-300, Number.NaN],
  refLogprobs: [-0.3, -0.4, -0.5],
  kl: [0.1, 0.2, 0.3],
  values: [],
  advantages: [1 / 3, -1e308, Number.POSITIVE_INFINITY],
  rewards: [0, 0, 1],
  score: 1.25,
  judge: null,
  endedByStop: true,
  totals: { tokens: 3, kl: 0.6, entropy: 1 / 3, refLogprob: -1.2 },
};

test('a sample comes back with every number as it was', () => {
  const { write } = openMemoryStore();
  const run = addRun(write);
  expect(upsertSample(write, run, 7, row, 3)).toBe(true);
  expect(readSamples(write, run)).toEqual([{ ...row, step: 7, sequence: 3 }]);
});

test('a response without totals, as former versions wrote it, has none', () => {
  const { write } = openMemoryStore();
  const run = addRun(write);
  upsertSample(write, run, 7, { ...row, totals: null }, 3);
  expect(readSamples(write, run)).toEqual([{ ...row, totals: null, step: 7, sequence: 3 }]);
});

test('an equal one stays, another one takes its place and is told', () => {
  const { write } = openMemoryStore();
  const run = addRun(write);
  upsertSample(write, run, 7, row, 3);
  expect(upsertSample(write, run, 7, row, 9)).toBe(true);
  expect(readSamples(write, run)[0]?.sequence).toBe(3);
  expect(upsertSample(write, run, 7, { ...row, kl: [0.1, 0.2, 0.4] }, 10)).toBe(false);
  expect(readSamples(write, run)).toMatchObject([{ sequence: 10, kl: [0.1, 0.2, 0.4] }]);
});

test('a step is read alone, by prompt, and by its index', () => {
  const { write } = openMemoryStore();
  const run = addRun(write);
  for (const [step, promptIndex] of [
    [7, 2],
    [7, 0],
    [9, 0],
  ] as const) {
    upsertSample(write, run, step, { ...row, promptIndex }, 3);
  }
  expect(readSamplesAt(write, run, 7).map(({ step, promptIndex }) => [step, promptIndex])).toEqual([
    [7, 0],
    [7, 2],
  ]);
  expect(readSamplesAt(write, run, 8)).toEqual([]);
  const plan = write.prepare(`EXPLAIN QUERY PLAN ${AT_STEP_SQL}`).all(run, 7) as { detail: string }[];
  expect(plan.map(({ detail }) => detail)).toEqual([expect.stringMatching(/PRIMARY KEY \(run=\? AND step=\?\)/)]);
});

test('steps are listed with the means of what is a number', () => {
  const { write } = openMemoryStore();
  const run = addRun(write);
  upsertSample(write, run, 5, { ...row, promptIndex: 0, score: 1, judge: 0.5 }, 1);
  upsertSample(write, run, 5, { ...row, promptIndex: 1, score: Number.NaN, judge: 1 }, 1);
  upsertSample(write, run, 0, { ...row, promptIndex: 0, score: Number.NaN }, 2);
  expect(listSampleSteps(write, run)).toEqual([
    { step: 0, replies: 1, score: Number.NaN, judge: null },
    { step: 5, replies: 2, score: 1, judge: 0.75 },
  ]);
});
