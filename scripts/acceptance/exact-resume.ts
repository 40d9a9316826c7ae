import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRuntime } from '#engine/runtime/start-runtime.ts';
import { compareKilledRun } from '../../tests/support/killed-run.ts';
import { makeTinyWorld, tinyConfigs } from '../../tests/support/tiny-world.ts';
import type { AcceptanceLine } from './line.ts';

const KILLS = 20;
/** Kills of one run; further ones take another run with another seed. */
const KILLS_PER_RUN = 4;
const STEPS = 10;

export const exactResume: AcceptanceLine = {
  number: 7,
  title: `Runs killed with SIGKILL at random moments, ${KILLS} times each, equal uninterrupted ones bit for bit`,
  async run(tell) {
    const folder = mkdtempSync(join(tmpdir(), 'keel-acceptance-'));
    const runtime = await startRuntime({ binding: process.env.KEEL_ENGINE_BINDING || null, mode: 'eager' });
    const configs = tinyConfigs(makeTinyWorld(runtime, folder), STEPS);
    const figures: string[] = [];
    let passed = true;
    for (const [recipe, config] of Object.entries(configs)) {
      let kills = 0;
      let differences = 0;
      for (let seed = 0; kills < KILLS; seed++) {
        const place = join(folder, `${recipe}-${seed}`);
        const outcome = await compareKilledRun({
          config,
          folder: place,
          kills: Math.min(KILLS_PER_RUN, KILLS - kills),
          seed,
        });
        kills += outcome.kills;
        differences += outcome.differences.length;
        for (const difference of outcome.differences.slice(0, 3)) tell(`${recipe}: ${difference}`);
      }
      figures.push(`${recipe}: ${kills} kills, ${differences} differences`);
      tell(figures.at(-1)!);
      passed &&= differences === 0;
    }
    rmSync(folder, { recursive: true, force: true });
    return { passed, figures };
  },
};
