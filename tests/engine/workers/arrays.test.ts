import { expect, it } from 'vitest';
import { packInputs } from '#engine/model/layout/pack-inputs.ts';
import { positionsOf } from '#engine/rollout/sequence-inputs.ts';
import { bool, float32, int32 } from '#engine/runtime/host-tensor.ts';
import { toHost, toSent, unpacked } from '#engine/workers/arrays.ts';

const [ROWS, LENGTH] = [8, 12];
/** Lengths of prompt and response of each row: they end in column 6, and begin there. */
const PARTS = [
  [1, 1],
  [2, 3],
  [1, 2],
  [6, 6],
  [2, 1],
  [1, 1],
  [3, 1],
  [1, 4],
] as const;

it('a packed batch becomes the padded one that it was', () => {
  const shape = [ROWS, LENGTH];
  const attended = PARTS.flatMap(([prompt, response]) =>
    Array.from({ length: LENGTH }, (_, column) => column >= 6 - prompt && column < 6 + response),
  );
  const ids = int32(
    attended.map((isReal, place) => (isReal ? place + 1 : 0)),
    shape,
  );
  const attentionMask = bool(attended, shape);
  const padded = { ids, attentionMask, positions: positionsOf(attentionMask), entries: float32([3], []) };
  const wantedStates = PARTS.flatMap(([, response]) => Array.from({ length: 6 }, (_, at) => at < response));
  const stateMask = bool(wantedStates, [ROWS, 6]);
  const packed = packInputs({ ids, attentionMask, columns: { from: 5, count: 6 }, stateMask, use: 'update' });
  expect(packed!.ids.shape[0]).toBeLessThan(ROWS);
  const { positions, ...got } = unpacked({ ...padded, ...packed });
  const { positions: wanted, ...rest } = padded;
  expect(got).toEqual(rest);
  // Positions of padding mean nothing.
  const ofTokens = ({ data }: typeof wanted) => Array.from(data).filter((_, place) => attended[place]);
  expect(ofTokens(positions as typeof wanted)).toEqual(ofTokens(wanted));
});

it('what is not packed stays as it is', () => {
  const inputs = { ids: int32([1, 2], [1, 2]), attentionMask: bool([true, true], [1, 2]) };
  expect(unpacked(inputs)).toBe(inputs);
});

it('arrays arrive bit for bit, NaN and -0 included', () => {
  for (const array of [
    float32([Number.NaN, -0, 1e-45, Number.POSITIVE_INFINITY], [2, 2]),
    int32([-1, 2 ** 31 - 1], [2]),
    bool([true, false, true], [3]),
    float32([0.1], []),
  ])
    expect(toHost(JSON.parse(JSON.stringify(toSent(array))))).toEqual(array);
});
