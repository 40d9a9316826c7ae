import { expect, test } from 'vitest';
import type { Measurement, StepCost } from '../../../src-main/contract/api/runs/preflight-measurement.ts';
import { leversOf } from '../../../src-main/runs/preflight/batch-levers.ts';
import { at, firstThatFits, fitLine } from '../../../src-main/runs/preflight/memory-lines.ts';
import { largestSize, safeSize } from '../../../src-main/runs/preflight/stage-memory.ts';

const step = (name: string, peakBytes: number): StepCost => ({ name, calls: 1, seconds: 1, peakBytes, rows: 1 });

/** 100 bytes are there whatever the rows are; an update takes 10 a row, a generation call 4 a prompt. */
function measured(batch: number, chunk: number): Measurement {
  return {
    device: { backend: 'tensorflow', device: 'cpu', mode: 'compiled', threads: 1 },
    room: { memoryBytes: 1000, diskBytes: 1000 },
    baseBytes: 60,
    peakBytes: 100 + Math.max(10 * batch, 4 * chunk),
    variables: { policy: 10, optimizer: 30 },
    steps: [step('update', 100 + 10 * batch), step('generate', 100 + 4 * chunk)],
    setupSeconds: 1,
    buildSeconds: 0,
    iterations: 10,
    phases: { update: 1 },
    evaluationSeconds: 1,
    checkpoint: { seconds: 1, bytes: 40 },
  };
}

const CONFIG = {
  rollouts: { num_rollouts: 64, chunk_size: 32 },
  updates: { minibatch_size: 16 },
  engine: { micro_batch_size: null },
};
const LEVERS = leversOf(CONFIG);
const SMALL = { size: { batch: 4, chunk: 8, microBatch: null }, measured: measured(4, 8) };
const WHOLE = { size: { batch: null, chunk: null, microBatch: null }, measured: measured(16, 32) };

test('a line goes through two sizes, or by what does not depend on rows through one', () => {
  expect(fitLine([{ rows: 4, peakBytes: 140 }], 100)).toEqual({ fixed: 100, bytesPerRow: 10 });
  const line = fitLine(
    [
      { rows: 4, peakBytes: 150 },
      { rows: 16, peakBytes: 270 },
    ],
    100,
  );
  expect(line).toEqual({ fixed: 110, bytesPerRow: 10 });
  expect(at(line, 32)).toBe(430);
  expect(firstThatFits(line, [64, 32, 16], 300)).toBe(16);
  expect(firstThatFits(line, [64, 32], 300)).toBeNull();
});

test('noise at small sizes never makes larger ones look smaller', () => {
  const points = [
    { rows: 1, peakBytes: 300 },
    { rows: 8, peakBytes: 290 },
  ];
  expect(at(fitLine(points, 100), 64)).toBe(290);
});

test('before the whole config is run, a small trial says what would fit', () => {
  expect(safeSize(LEVERS, [SMALL], 1000)).toMatchObject({ peakBytes: 260, microBatch: null, fits: true });
  // 0.9 of 200 is 180: eight rows of an update (180), sixteen prompts of a call (164).
  expect(safeSize(LEVERS, [SMALL], 200)).toEqual({
    size: { batch: null, chunk: 16, microBatch: 8 },
    peakBytes: 260,
    microBatch: 8,
    fits: true,
  });
  expect(safeSize(LEVERS, [SMALL], 110)).toMatchObject({ fits: false });
});

test('the largest sizes divide a collection and fit', () => {
  expect(largestSize(LEVERS, [SMALL, WHOLE], 1000)).toEqual({ batch: 64, chunk: 64, microBatch: null });
  // 0.9 of 480 is 432: 32 rows (420) fit, 64 (740) do not.
  expect(largestSize(LEVERS, [SMALL, WHOLE], 480)).toEqual({ batch: 32, chunk: 64, microBatch: null });
  expect(
    largestSize(
      leversOf({ ...CONFIG, updates: { minibatch_size: 64 }, rollouts: { num_rollouts: 64, chunk_size: 64 } }),
      [SMALL, WHOLE],
      10_000,
    ),
  ).toBeNull();
});
