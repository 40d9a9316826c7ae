import { expect, test } from 'vitest';
import { trainTree } from '../../../../scripts/research/tabular/transformer.ts';
import { readGolden } from '../../../support/apa-vectors.ts';
import { nativeKinds } from '../../../support/runtimes.ts';

interface Golden {
  readonly init: { readonly reward: number; readonly entropy: number };
  readonly lambdas: Readonly<
    Record<string, { readonly apa_fixed_point: { readonly kl: number; readonly reward: number } }>
  >;
}

const { tree13 } = readGolden<{ readonly tree13: Golden }>('tabular_expected.json');

/** Made by a tabular program in PyTorch: closed forms of the tree with 40 sequences. */
test.each(
  nativeKinds
    .filter(({ kind }) => kind === 'compiled')
    .flatMap(({ start }) => ['0.5', '0.1'].map((at) => [at, start] as const)),
)(
  'a transformer on the tree reaches the KL in closed form of APA with λ %s',
  { timeout: 600_000 },
  async (at, start) => {
    const lambda = Number(at);
    const trained = trainTree(await start(), { lambda, imitations: 500, updates: 800, seed: 1 });
    expect(trained.distance).toBeLessThan(1e-3);
    expect(trained.start.entropy).toBeCloseTo(tree13.init.entropy, 3);
    const { kl, reward } = tree13.lambdas[at]!.apa_fixed_point;
    expect(Math.abs(trained.end.kl - kl)).toBeLessThan(0.01);
    expect(Math.abs(trained.end.reward - reward)).toBeLessThan(0.005);
    // What is left of the residual at the fixed point is the KL.
    expect(trained.residual).toBeCloseTo(trained.end.kl, 2);
  },
);
