import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RunFinding } from '#contract/api/runs/run-doctor.ts';
import { DOCTOR_EVENT } from '#contract/run-events.ts';
import type { EngineEvent } from '#engine/protocol.ts';
import { listCheckpoints } from '#engine/session/checkpoint/checkpoints.ts';
import { runEngine } from '../../support/engine-run.ts';
import { freshTinyWorld } from '../../support/fresh-tiny-world.ts';
import { type TinyWorld, tinyConfigs } from '../../support/tiny-world.ts';

// The long form, on a model that speaks, is scripts/research/measure-doctor.ts.
const PATIENCE = { timeout: 240_000 };
/** A model of random weights never ends a reply, and its critic has nothing to foresee. */
const QUIET = { eos_missing: 'off', critic_useless: 'off' };
const TELLING = { actions: { ...QUIET, not_finite: 'tell', collapse: 'tell' } };
let world: TinyWorld;
let count = 0;

beforeAll(async () => {
  const fresh = await freshTinyWorld();
  world = fresh.world;
  return fresh.remove;
});

type Config = Readonly<Record<string, unknown>>;
const rule = (expression: string) => ({ type: 'rules', rules: [{ type: 'expression', expression }] });
function configOf(recipe: string, steps: number, more: Config): Config {
  const online = {
    evaluation: { interval_iterations: 100, num_prompts: 4, num_samples: 0 },
    optimizer: { learning_rate: 3e-4 },
    doctor: TELLING,
  };
  return { ...tinyConfigs(world, steps)[recipe], ...online, ...more };
}
function newFolder(): string {
  const place = join(world.folder, `run-${count++}`);
  mkdirSync(place);
  return place;
}
const findings = (events: readonly EngineEvent[]) =>
  events.flatMap((event) =>
    event.kind === 'event' && event.name === DOCTOR_EVENT
      ? [{ step: event.step, ...(event.detail as unknown as RunFinding) }]
      : [],
  );
const told = (events: readonly EngineEvent[]) =>
  findings(events)
    .filter((one) => one.state === 'open')
    .map(({ regime, step }) => `${regime}@${step}`);

/** A policy that is pulled to one letter with nothing to hold it. */
const COLLAPSING = {
  reward: rule('count("e")'),
  optimizer: { learning_rate: 0.02 },
  method: { apa_lambda: 0.02 },
};

describe('a healthy run is left in peace', () => {
  test.each(['apa', 'ppo', 'awr'])('%s', PATIENCE, async (recipe) => {
    const { events } = await runEngine({ config: configOf(recipe, 8, {}), runFolder: newFolder(), resumeFrom: null });
    expect(events.at(-1)?.kind).toBe('summary');
    expect(told(events)).toEqual([]);
  });
});

describe('a provoked failure is named within 5 iterations', () => {
  test.each([
    ['dead_reward@3', { reward: rule('1') }],
    ['no_anchor@3', { method: { apa_lambda: 0.01 } }],
    ['no_learning@3', { method: { apa_lambda: 1000 } }],
    ['eos_missing@3', { doctor: { actions: {} } }],
  ])('%s', PATIENCE, async (expected, more) => {
    const { events } = await runEngine({ config: configOf('apa', 5, more), runFolder: newFolder(), resumeFrom: null });
    expect(told(events)).toEqual([expected]);
  });

  test('NaN holds the run at once, names where it was first, and a stop leaves a checkpoint', PATIENCE, async () => {
    const runFolder = newFolder();
    const config = configOf('apa', 6, { doctor: { actions: QUIET } });
    const { events } = await runEngine({
      ...{ config, runFolder, resumeFrom: null, env: { KEEL_FAIL_AT: 'step.before_update@9:nan' } },
      onEvent: (event, engine) => {
        if (event.kind === 'paused') engine.send({ kind: 'stop', checkpoint: true });
      },
    });
    expect(told(events)).toEqual(['not_finite@3']);
    expect(findings(events)[0]?.cause).toContain('first in advantages');
    expect(events.find((event) => event.kind === 'paused')).toMatchObject({ step: 4, cause: { regime: 'not_finite' } });
    expect(events.at(-1)).toMatchObject({ kind: 'stopped', step: 3 });
  });

  test('a loss that diverges, in sft', PATIENCE, async () => {
    const config = { ...tinyConfigs(world, 8).sft, optimizer: { learning_rate: 0.5 } };
    const { events } = await runEngine({ config, runFolder: newFolder(), resumeFrom: null });
    expect(told(events)).toEqual(['diverging_loss@5']);
  });
});

test(
  'a run made to collapse waits by default; let go on and resumed from before, it says the same again',
  PATIENCE,
  async () => {
    const runFolder = newFolder();
    const config = configOf('apa', 15, { ...COLLAPSING, doctor: { actions: { ...QUIET, no_anchor: 'off' } } });
    const whole = await runEngine({
      ...{ config, runFolder, resumeFrom: null },
      onEvent: (event, engine) => {
        if (event.kind === 'paused') engine.send({ kind: 'resume' });
      },
    });
    const paused = whole.events.find((event) => event.kind === 'paused');
    const found = findings(whole.events).find(({ regime }) => regime === 'collapse');
    expect(paused).toMatchObject({ cause: { by: 'doctor', regime: 'collapse' }, step: (found?.step ?? 0) + 1 });
    expect(found?.samples[0]?.what).toMatch(/^given \d+ times in 8 responses$/);
    const changes = whole.events.flatMap((event) => (event.kind === 'changed' ? [event.change] : []));
    const before = listCheckpoints(runFolder).findLast(({ step }) => step < (found?.step ?? 0));
    const again = await runEngine({ config, runFolder, resumeFrom: before?.folder ?? null, changes });
    const later = findings(whole.events).filter(({ step }) => step > (before?.step ?? 0));
    expect(findings(again.events)).toEqual(later);
    expect(again.events.filter((event) => event.kind === 'paused')).toEqual([]);
    expect(again.events.at(-1)?.kind).toBe('summary');
  },
);

test('with `stop` the run ends with its checkpoint and what to do', PATIENCE, async () => {
  const runFolder = newFolder();
  const config = configOf('apa', 5, { reward: rule('1'), doctor: { actions: { ...QUIET, dead_reward: 'stop' } } });
  const { events } = await runEngine({ config, runFolder, resumeFrom: null });
  expect(events.at(-1)).toMatchObject({ kind: 'failed', error: { code: 'run_alarm' } });
  expect(listCheckpoints(runFolder).at(-1)?.step).toBe(3);
});
