import { expect, test } from 'vitest';
import type { SeedValues } from '#contract/statistics/clustered-mean.ts';
import { compareMethods } from '#contract/statistics/compare-methods.ts';
import { predictionInterval } from '#contract/statistics/prediction.ts';
import { type SeededGenerator, seededGenerator } from '#engine/runtime/host-random.ts';

const STUDIES = 1000;
const SEEDS = 5;
const PROMPTS = 24;

/** Deviations: of what a seed adds, of which prompts a method favors, and of what is left. */
interface World {
  readonly seed: number;
  readonly taste: number;
  readonly noise: number;
}

/** Prompts differ by far more than methods do, as they do in practice; both methods answer the same ones. */
const HARDNESS = 2;

/** The deviation between the means of seeds, over the prompts of a study. */
const betweenSeeds = ({ seed, noise }: World) => Math.sqrt(seed ** 2 + noise ** 2 / PROMPTS);

function method(world: World, hardness: readonly number[], shift: number, random: SeededGenerator): SeedValues[] {
  const taste = hardness.map(() => world.taste * random.normal());
  return Array.from({ length: SEEDS }, () => {
    const luck = world.seed * random.normal();
    const values = hardness.map((hard, p) => shift + hard + taste[p]! + luck + world.noise * random.normal());
    return {
      mean: values.reduce((sum, value) => sum + value, 0) / PROMPTS,
      prompts: new Map(values.map((value, p) => [String(p), value])),
    };
  });
}

/** How often each answer is given in many studies in which the first method is better by `shift`. */
function simulate(world: World, shift: number, name: string): Readonly<Record<string, number>> {
  const random = seededGenerator(2026, name);
  const winners = Array.from({ length: STUDIES }, () => {
    const hardness = Array.from({ length: PROMPTS }, () => HARDNESS * random.normal());
    return compareMethods(method(world, hardness, shift, random), method(world, hardness, 0, random)).winner;
  });
  const share = (wanted: string) => winners.filter((winner) => winner === wanted).length / STUDIES;
  return { first: share('first'), second: share('second'), unclear: share('cannot tell') };
}

test.each<[string, World]>([
  ['two labels of one method', { seed: 0.3, taste: 0, noise: 0.5 }],
  ['two methods that favor other prompts and are equally good', { seed: 0.3, taste: 0.5, noise: 0.5 }],
])('%s: 3.5 to 6.5%% of 1,000 studies say that one has won', (name, world) => {
  const { first, second, unclear } = simulate(world, 0, name);
  expect(first! + second!).toBeGreaterThanOrEqual(0.035);
  expect(first! + second!).toBeLessThanOrEqual(0.065);
  expect(unclear).toBeCloseTo(1 - first! - second!, 12);
});

test('a difference of 2.5 seed deviations is found in at least 90% of 1,000 studies', () => {
  const world = { seed: 0.3, taste: 0, noise: 0.5 };
  const { first, second } = simulate(world, 2.5 * betweenSeeds(world), 'planted');
  expect(first).toBeGreaterThanOrEqual(0.9);
  expect(second).toBe(0);
});

test('prediction intervals cover 93 to 97% of new seeds', () => {
  const random = seededGenerator(2026, 'fresh');
  const covered = Array.from({ length: STUDIES }, () => {
    const [fresh, ...seeds] = Array.from({ length: SEEDS + 1 }, () => 0.3 * random.normal());
    const { low, high } = predictionInterval(seeds);
    return fresh! >= low && fresh! <= high;
  });
  const share = covered.filter(Boolean).length / STUDIES;
  expect(share).toBeGreaterThanOrEqual(0.93);
  expect(share).toBeLessThanOrEqual(0.97);
});
