import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { checkpointName, writeCheckpoint } from '#engine/session/checkpoint/checkpoints.ts';
import { runEngine } from '../../support/engine-run.ts';
import { freshTinyWorld } from '../../support/fresh-tiny-world.ts';
import { tinyConfigs } from '../../support/tiny-world.ts';

const [BEST, LAST] = [2, 4];
let config: Readonly<Record<string, unknown>> = {};
let runFolder = '';
const at = (step: number) => join(runFolder, checkpointName(step));
const made = () => ['policy', 'critic', 'policy@best'].map((name) => existsSync(join(runFolder, 'artifacts', name)));

/** A run that stands at its last iteration; whichever was really best, its state names an earlier one. */
beforeAll(async () => {
  const { world, remove } = await freshTinyWorld();
  config = tinyConfigs(world, LAST).apa ?? {};
  runFolder = join(world.folder, 'run');
  mkdirSync(runFolder);
  await runEngine({ config, runFolder, resumeFrom: null, mode: 'eager' });
  const files = mkdtempSync(join(tmpdir(), 'keel-files-'));
  cpSync(at(LAST), files, { recursive: true });
  const state = JSON.parse(readFileSync(join(files, 'state.json'), 'utf8'));
  writeFileSync(join(files, 'state.json'), JSON.stringify({ ...state, bestStep: BEST }));
  rmSync(join(files, 'manifest.json'));
  writeCheckpoint(runFolder, LAST, (folder) => cpSync(files, folder, { recursive: true }));
  return remove;
});

async function finish() {
  rmSync(join(runFolder, 'artifacts'), { recursive: true });
  const { events } = await runEngine({ config, runFolder, resumeFrom: at(LAST), mode: 'eager' });
  return events;
}

test('a run saves its best policy beside the last one', async () => {
  expect((await finish()).at(-1)).toMatchObject({ kind: 'summary', summary: { best_iteration: BEST } });
  expect(made()).toEqual([true, true, true]);
});

test('one whose best checkpoint was damaged ends without the best policy, and says so', async () => {
  truncateSync(join(at(BEST), 'policy.safetensors'), 100);
  const events = await finish();
  expect(events.at(-1)).toMatchObject({ kind: 'summary' });
  expect(events.filter((event) => event.kind === 'event' && event.name === 'checkpoint_rejected')).toMatchObject([
    { step: BEST, level: 'warning', detail: { folder: at(BEST), why: expect.stringContaining('has 100 bytes') } },
  ]);
  expect(made()).toEqual([true, true, false]);
});
