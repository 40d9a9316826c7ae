import { expect, test } from 'vitest';
import { observeRuntime } from '#engine/jobs/preflight/observe-runtime.ts';
import { packInputs } from '#engine/model/layout/pack-inputs.ts';
import { bool, int32 } from '#engine/runtime/host-tensor.ts';
import type { HostRecord, Runtime } from '#engine/runtime/types.ts';

const [B, T] = [8, 6];

/** Rows of three tokens that end in the last column. */
function padded() {
  const ids = int32(
    Array.from({ length: B * T }, (_, place) => place),
    [B, T],
  );
  const attentionMask = bool(
    Array.from({ length: B * T }, (_, place) => place % T >= T / 2),
    [B, T],
  );
  return { ids, attentionMask, positions: ids };
}

test('a packed step runs once as large as without packing, so that its memory is known', () => {
  const shapes: (readonly number[])[] = [];
  const compile = () => (inputs: HostRecord) => {
    shapes.push(inputs.ids!.shape);
    return {};
  };
  const runtime = { compile, graphStatistics: () => ({ graphs: shapes.length }) } as unknown as Runtime;
  const meter = { next: () => 100 * (shapes.at(-1)?.[0] ?? 0), overall: () => 0 };
  const observed = observeRuntime(runtime, meter as never);
  const step = observed.runtime.compile('update', () => ({}));
  const batch = padded();
  const columns = { from: T - 1, count: 1 };
  const packed = { ...batch, ...packInputs({ ...batch, columns, stateMask: null, use: 'update' }) };
  step(packed as HostRecord);
  step(packed as HostRecord);
  expect(shapes).toEqual([
    [B, T],
    [B / 2, T],
    [B / 2, T],
  ]);
  expect(observed.costs()).toMatchObject([{ name: 'update', calls: 3, peakBytes: 100 * B, rows: B }]);
  step({ ...batch } as HostRecord);
  expect(shapes.at(-1)).toEqual([B, T]);
});
