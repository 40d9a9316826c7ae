import { afterEach, beforeEach, expect } from 'vitest';
import type { MemoryReport, Runtime } from '#engine/runtime/types.ts';

/** Tensors that appeared or vanished between two reports. */
export function leakedTensors(before: MemoryReport, after: MemoryReport): number {
  return after.tensors - before.tensors;
}

/**
 * Runs an action until graphs are built, then more often, and gives the tensors that the later rounds left behind.
 * @param rounds how often it runs after the first two
 */
export function leakOf(runtime: Runtime, rounds: number, action: (round: number) => void): number {
  action(0);
  action(1);
  const before = runtime.memory();
  for (let round = 0; round < rounds; round++) action(round + 2);
  return leakedTensors(before, runtime.memory());
}

/** Fails every test of the file after which the runtime holds more tensors or variables than before. */
export function expectNoLeaks(runtime: () => Runtime): void {
  let before: MemoryReport;
  beforeEach(() => {
    before = runtime().memory();
  });
  afterEach(() => {
    const after = runtime().memory();
    expect({ tensors: after.tensors, variables: after.variables }).toEqual({
      tensors: before.tensors,
      variables: before.variables,
    });
  });
}
