import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { runEngine } from '../../support/engine-run.ts';
import { freshTinyWorld } from '../../support/fresh-tiny-world.ts';
import { type TinyWorld, tinyConfigs } from '../../support/tiny-world.ts';

const ITERATIONS = 30;
const SEEDS = [0, 1, 2];
/** Student's t for 95% and two degrees of freedom. Source: scipy.stats.t.ppf(0.975, 2). */
const T = 4.302652729696142;

let world: TinyWorld;
beforeAll(async () => {
  const fresh = await freshTinyWorld();
  world = fresh.world;
  return fresh.remove;
});

/** Held-out reward at the end of a run minus that of its start. */
async function gainOf(recipe: 'grpo' | 'rloo', seed: number): Promise<number> {
  const config = tinyConfigs(world, ITERATIONS)[recipe] as Record<string, object>;
  const runFolder = join(world.folder, `${recipe}-${seed}`);
  mkdirSync(runFolder);
  const { events } = await runEngine({
    config: {
      ...config,
      seed,
      reward: { type: 'rules', rules: [{ type: 'expression', expression: 'count("e")' }] },
      rollouts: { num_rollouts: 32, chunk_size: 32, num_generations: 4 },
      updates: { total_iterations: ITERATIONS, minibatch_size: 32, num_ppo_epochs: 1 },
      engine: { threads: 1 },
      method: {},
      optimizer: { learning_rate: 0.01 },
      evaluation: { interval_iterations: ITERATIONS, num_prompts: 12, num_samples: 0 },
      doctor: { actions: { collapse: 'off', repetition: 'off', kl_blow_up: 'off', length_hacking: 'off' } },
      checkpoints: { interval_steps: ITERATIONS },
    },
    runFolder,
    resumeFrom: null,
  });
  expect(events.at(-1)).toMatchObject({ kind: 'summary' });
  const rewards = events.flatMap((event) =>
    event.kind === 'metrics' ? event.points.flatMap(({ key, value }) => (key === 'eval/reward' ? [value] : [])) : [],
  );
  expect(rewards).toHaveLength(2);
  return rewards[1]! - rewards[0]!;
}

test.each(['grpo', 'rloo'] as const)(
  '%s raises the held-out reward: the interval of three seeds is above zero',
  { timeout: 600_000 },
  async (recipe) => {
    const gains: number[] = [];
    for (const seed of SEEDS) gains.push(await gainOf(recipe, seed));
    const mean = gains.reduce((sum, gain) => sum + gain, 0) / gains.length;
    const variance = gains.reduce((sum, gain) => sum + (gain - mean) ** 2, 0) / (gains.length - 1);
    expect(mean - (T * Math.sqrt(variance)) / Math.sqrt(gains.length), `gains ${gains.join(', ')}`).toBeGreaterThan(0);
  },
);
