import { expect, test } from 'vitest';
import { generalizedAdvantages } from '#engine/advantage/gae.ts';
import { expectDouble, flat, type Nested, readGolden, shapeOf } from '../../support/apa-vectors.ts';

interface GaeCase {
  readonly name: string;
  readonly gamma: number;
  readonly lam: number;
  readonly inputs: Readonly<Record<'values' | 'rewards' | 'mask', Nested>>;
  readonly expected: Readonly<Record<'advantages' | 'returns' | 'advantages_if_padding_not_zeroed', Nested>>;
}
const { gae_cases: cases } = readGolden<{ readonly gae_cases: readonly GaeCase[] }>('vectors.json');

test.each(cases)('$name', ({ inputs, expected, gamma, lam }) => {
  const [values, rewards, responseMask] = [flat(inputs.values), flat(inputs.rewards), flat(inputs.mask)];
  const width = shapeOf(inputs.values)[1]!;
  const got = generalizedAdvantages({ values, rewards, responseMask, width, gamma, lam });
  expectDouble(got.advantages, expected.advantages);
  expectDouble(got.returns, expected.returns);
  const everywhere = values.map(() => 1);
  const leaking = generalizedAdvantages({ values, rewards, responseMask: everywhere, width, gamma, lam });
  expectDouble(leaking.advantages, expected.advantages_if_padding_not_zeroed);
});

test('two entries by hand', () => {
  // δ₁ = 1 - 0.5 = 0.5; δ₀ = 0 + 0.5·0.5 - 2 = -1.75; A₀ = -1.75 + 0.5·0.8·0.5 = -1.55.
  const { advantages, returns } = generalizedAdvantages({
    values: [2, 0.5, 7],
    rewards: [0, 1, 7],
    responseMask: [1, 1, 0],
    width: 3,
    gamma: 0.5,
    lam: 0.8,
  });
  expectDouble(advantages, [-1.55, 0.5, 0]);
  expectDouble(returns, [0.45, 1, 0]);
  expect(advantages[2]).toBe(0);
});
