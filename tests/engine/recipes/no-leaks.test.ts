import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { runEngine } from '../../support/engine-run.ts';
import { freshTinyWorld } from '../../support/fresh-tiny-world.ts';
import { type TinyWorld, tinyConfigs } from '../../support/tiny-world.ts';

const STEPS = 12;

let world: TinyWorld;
beforeAll(async () => {
  const fresh = await freshTinyWorld();
  world = fresh.world;
  return fresh.remove;
});

test.each(['dpo', 'kto', 'grpo', 'rloo', 'a2po', 'online-dpo', 'apa-offline', 'awr-offline'])(
  '%s: iterations leave no tensor behind',
  { timeout: 240_000 },
  async (recipe) => {
    const runFolder = join(world.folder, recipe);
    mkdirSync(runFolder);
    const { events } = await runEngine({ config: tinyConfigs(world, STEPS)[recipe]!, runFolder, resumeFrom: null });
    expect(events.at(-1)).toMatchObject({ kind: 'summary' });
    const valuesOf = (name: string) =>
      events.flatMap((event) =>
        event.kind === 'metrics' ? event.points.flatMap(({ key, value }) => (key === name ? [value] : [])) : [],
      );
    const [tensors, graphs] = [valuesOf('system/tensors'), valuesOf('system/graphs')];
    expect([tensors.length, graphs.length]).toEqual([STEPS, STEPS]);
    // A graph of a new shape keeps its constants, and the first step creates the optimizer's moments.
    const same = tensors.map((_, step) => step).filter((step) => step > 1 && graphs[step] === graphs[step - 1]);
    expect(same.length).toBeGreaterThan(STEPS / 3);
    expect(same.map((step) => tensors[step]! - tensors[step - 1]!)).toEqual(same.map(() => 0));
  },
);
