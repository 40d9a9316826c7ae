import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { dataFolder } from '#setup/data-folder.mjs';
import { addLab, openDesk } from '../../tests/clusters/ray/cluster-desk.ts';
import { startRay } from '../../tests/clusters/ray/ray-cluster.ts';
import { ensureRay } from '../clusters/ray-environment.ts';
import { STARTER_POLICY, STARTER_PROMPTS, STARTER_RESPONSES } from '../studies/starter-study.ts';
import type { AcceptanceLine } from './line.ts';
import { keel } from './run-program.ts';

/** Of the time that the same runs take one after the other. */
const LARGEST_SHARE = 0.65;

/** 3 methods and 4 seeds, one thread each; a run takes one to two minutes on one core. */
const STUDY = {
  ...{ version: 1, recipe: 'study', name: 'spread', seeds: [0, 1, 2, 3] },
  base: {
    model: STARTER_POLICY,
    data: STARTER_PROMPTS,
    reward: { type: 'rules', rules: [{ type: 'length', max: 30, unit: 'words', weight: 1 }] },
    generation: STARTER_RESPONSES,
    rollouts: { num_rollouts: 64, chunk_size: 64 },
    updates: { total_iterations: 24, minibatch_size: 32, num_ppo_epochs: 2 },
    evaluation: { interval_iterations: 12, num_prompts: 64, num_samples: 16 },
    engine: { threads: 1 },
  },
  methods: [{ recipe: 'apa' }, { recipe: 'ppo' }, { recipe: 'awr' }],
};

/** Values by entry of the study and "key@step", without times and memory. */
async function valuesIn(home: string): Promise<ReadonlyMap<string, ReadonlyMap<string, number>>> {
  const desk = await openDesk(home);
  try {
    const { entries } = await desk.client.studies.planned({ id: 1 });
    const pairs = entries.map(
      async ({ key, run }) => [key, run === null ? new Map() : await desk.values(run)] as const,
    );
    return new Map(await Promise.all(pairs));
  } finally {
    await desk.close();
  }
}

/** Runs the study in a data folder of its own; gives its seconds. */
async function timed(home: string, flags: readonly string[]): Promise<number> {
  const config = join(home, 'study.json');
  writeFileSync(config, JSON.stringify(STUDY));
  const start = performance.now();
  await keel(['study', config, '--no-preflight', ...flags], { env: { KEEL_HOME: home, KEEL_ENGINE_CHOSEN: 'user' } });
  return (performance.now() - start) / 1000;
}

/** Keys of which the values differ, or of which one side has none. */
function differing(left: ReadonlyMap<string, number>, right: ReadonlyMap<string, number>): readonly string[] {
  return [...new Set([...left.keys(), ...right.keys()])].filter((key) => !Object.is(left.get(key), right.get(key)));
}

export const clusterStudy: AcceptanceLine = {
  number: 22,
  title: 'A study of 12 runs over two nodes of a Ray cluster with one core each, beside one run after the other',
  async run(tell) {
    const environment = ensureRay(dataFolder());
    if ('missing' in environment) throw new Error(environment.missing);
    process.env.KEEL_RAY = environment.folder;
    const homes = {
      apart: mkdtempSync(join(tmpdir(), 'keel-apart-')),
      spread: mkdtempSync(join(tmpdir(), 'keel-spread-')),
    };
    const apart = await timed(homes.apart, []);
    tell(`one after the other: ${apart.toFixed(0)} s`);
    const ray = await startRay(1);
    try {
      await ray.addNode(1);
      await addLab(homes.spread, ray, ray.url);
      const spread = await timed(homes.spread, ['--on', 'lab', '--parallel', '2']);
      tell(`over two nodes: ${spread.toFixed(0)} s`);
      const [here, there] = [await valuesIn(homes.apart), await valuesIn(homes.spread)];
      const different = [...here].flatMap(([key, values]) => differing(values, there.get(key) ?? new Map()));
      const count = [...here.values()].reduce((sum, { size }) => sum + size, 0);
      return {
        passed: spread / apart <= LARGEST_SHARE && different.length === 0 && count > 0,
        figures: [
          `${spread.toFixed(0)} s of ${apart.toFixed(0)} s: ${(spread / apart).toFixed(2)} (at most ${LARGEST_SHARE})`,
          `${count} values that are neither a time nor memory: ${different.length} differ from those of the local runs`,
        ],
      };
    } finally {
      ray.stop();
      for (const home of Object.values(homes)) rmSync(home, { recursive: true, force: true });
    }
  },
};
