import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { float32 } from '#engine/runtime/host-tensor.ts';
import type { Runtime } from '#engine/runtime/types.ts';
import { createCheckpointer } from '#engine/session/checkpoint/checkpointer.ts';
import type { Emit } from '#engine/session/context.ts';
import { createControl } from '#engine/session/control.ts';
import { runtimeKinds } from '../../../support/runtimes.ts';

let runtime: Runtime;
let folder: string;

beforeAll(async () => {
  runtime = await runtimeKinds[0]!.start();
  runtime.variables.create('policy/w', float32([1, 2], [2]));
  folder = mkdtempSync(join(tmpdir(), 'keel-checkpointer-'));
});
afterAll(() => {
  runtime.dispose();
  rmSync(folder, { recursive: true });
});

/** Steps of ten seconds at which a checkpoint was written that takes this long. */
function writtenAt(intervalSeconds: number, writeSeconds: number, steps: number): number[] {
  let seconds = 0;
  const written: number[] = [];
  const emit = {
    metrics: () => undefined,
    checkpoint: ({ step }: { readonly step: number }) => {
      written.push(step);
      seconds += writeSeconds;
    },
  } as unknown as Emit;
  const runFolder = mkdtempSync(join(folder, 'run-'));
  const control = createControl([], () => undefined);
  const context = { runtime, runFolder, resumeFrom: null, emit, control };
  const policy = { intervalSeconds, intervalSteps: null };
  const checkpointer = createCheckpointer<object>(context, ['policy'], policy, () => seconds * 1000);
  for (let step = 1; step <= steps; step++) {
    seconds += 10;
    checkpointer.endStep(step, {}, { now: false, isBest: false, suspectedSince: null });
  }
  return written;
}

test('a checkpoint that is fast to write comes at the interval', () => {
  expect(writtenAt(30, 0.1, 12)).toEqual([3, 6, 9, 12]);
});

test('one that takes 3 seconds comes every 150 seconds, which is 2% of the time', () => {
  expect(writtenAt(30, 3, 40)).toEqual([3, 18, 33]);
});

test('an interval of 0 writes one at every step, however long it takes', () => {
  expect(writtenAt(0, 3, 4)).toEqual([1, 2, 3, 4]);
});
