import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { runEngine } from '../../support/engine-run.ts';
import { freshTinyWorld } from '../../support/fresh-tiny-world.ts';
import { type TinyWorld, tinyConfigs } from '../../support/tiny-world.ts';

let world: TinyWorld;

beforeAll(async () => {
  const fresh = await freshTinyWorld();
  world = fresh.world;
  return fresh.remove;
});

async function run(recipe: string) {
  const runFolder = join(world.folder, recipe);
  mkdirSync(runFolder, { recursive: true });
  const { events } = await runEngine({
    config: tinyConfigs(world, 1)[recipe]!,
    runFolder,
    resumeFrom: null,
    mode: 'eager',
  });
  return { events, runFolder };
}

test('every fixed prompt keeps its reply and score, the first of them their tokens', { timeout: 120_000 }, async () => {
  const { events } = await run('apa');
  const moments = events.flatMap((event) => (event.kind === 'samples' ? [event] : []));
  expect(moments.map(({ step }) => step)).toEqual([0, 1]);
  for (const { rows } of moments) {
    expect(rows.map(({ promptIndex }) => promptIndex)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(rows.map(({ tokens, kl, logprobs }) => [tokens.length > 0, kl.length > 0, logprobs.length > 0])).toEqual([
      ...Array(2).fill([true, true, true]),
      ...Array(4).fill([false, false, false]),
    ]);
    expect(rows.every(({ prompt, score }) => prompt.length > 0 && Number.isFinite(score))).toBe(true);
  }
  const points = events.flatMap((event) => (event.kind === 'metrics' ? event.points : []));
  expect(points.filter(({ key }) => key === 'eval/prompts').map(({ value }) => value)).toEqual([6, 6]);
});

test('a reward model leaves the pairs it gets most wrong, in the order of its certificate', {
  timeout: 120_000,
}, async () => {
  const { events, runFolder } = await run('reward-model');
  const summary = events.flatMap((event) => (event.kind === 'summary' ? [event.summary] : []))[0];
  const { worst } = summary!.certificate as { worst: readonly number[] };
  const rows = JSON.parse(readFileSync(join(runFolder, 'certificate', 'worst-pairs.json'), 'utf8')) as {
    prompt: string;
    chosenScore: number;
    rejectedScore: number;
  }[];
  expect(rows).toHaveLength(worst.length);
  const margins = rows.map(({ chosenScore, rejectedScore }) => chosenScore - rejectedScore);
  expect(margins).toEqual([...margins].sort((one, other) => one - other));
  expect(margins.every((margin) => margin < 0)).toBe(true);
  expect(rows.every(({ prompt }) => prompt.startsWith('Question'))).toBe(true);
});
