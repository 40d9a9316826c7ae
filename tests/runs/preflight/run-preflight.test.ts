import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { PreflightMessage, PreflightReport } from '#contract/api/runs/preflight.ts';
import { KeelError } from '#contract/errors.ts';
import type { RunHost } from '../../../src-main/runs/host/run-host.ts';
import { THIS_MACHINE } from '../../../src-main/runs/preflight/machine.ts';
import { type PreflightOptions, runPreflight } from '../../../src-main/runs/preflight/run-preflight.ts';
import { readSeries } from '../../../src-main/store/queries/metrics.ts';
import { listRuns } from '../../../src-main/store/queries/runs.ts';
import { freshTinyWorld } from '../../support/fresh-tiny-world.ts';
import { type TinyWorld, tinyConfigs } from '../../support/tiny-world.ts';
import { watchAll } from '../fake-host.ts';
import { realHost } from '../real-host.ts';

let world: TinyWorld;

beforeAll(async () => {
  const fresh = await freshTinyWorld();
  world = fresh.world;
  return fresh.remove;
});

async function measure(host: RunHost, config: object, own: Partial<PreflightOptions> = {}) {
  const messages: PreflightMessage[] = [];
  const text = JSON.stringify(config);
  const options = {
    config: text,
    baseFolder: world.folder,
    overrides: [],
    activeRuns: () => host.activeRuns(),
    ...own,
  };
  for await (const message of runPreflight(host.setup, options)) messages.push(message);
  const last = messages.at(-1);
  if (last?.kind !== 'result') throw new Error('no result came');
  return { report: last.result, messages };
}

/** Measured ratios stand in docs/preflight.md; these bounds leave room for whatever else the machine does. */
const TIME_FACTOR = 3;
const MEMORY_SHARE = 0.35;
/** Every trial starts a process and loads TensorFlow. */
const PATIENCE = 600_000;

/** Runs what was measured, and holds the forecast against it. */
async function expectAgreement(host: RunHost, config: object, report: PreflightReport): Promise<void> {
  const run = host.start({ config: JSON.stringify(config), baseFolder: world.folder });
  await watchAll(host, run.id);
  const { startedAt, finishedAt, number } = host.find(run.id);
  const ratio = (1000 * report.totalSeconds!) / (finishedAt! - startedAt!);
  expect(ratio).toBeGreaterThan(1 / TIME_FACTOR);
  expect(ratio).toBeLessThan(TIME_FACTOR);
  const rows = readSeries(host.setup.store.read, number, 'system/memory_bytes', 0);
  const held = Math.max(...rows.map(({ value }) => value));
  expect(Math.abs(report.peakBytes / held - 1)).toBeLessThan(MEMORY_SHARE);
}

const longRun = (recipe: string) => tinyConfigs(world, 40)[recipe] as Record<string, object>;

function expectWholeReport({ stages }: PreflightReport, recipe: string): void {
  const [stage] = stages;
  expect(stage).toMatchObject({
    recipe,
    memory: { source: 'measured', fits: true },
    disk: { fits: true },
    warnings: [],
  });
  const { memory, time } = stage!;
  expect(memory.parts.reduce((sum, { bytes }) => sum + bytes, 0)).toBeCloseTo(memory.peakBytes, -1);
  expect(time?.iterations).toBe(40);
  expect(Math.min(...time!.phases.map(({ seconds }) => seconds))).toBeGreaterThan(0);
}

describe('a config is measured by running a little of it', () => {
  test(
    'apa: four models, every phase, the largest batch; nothing is left behind; a real run agrees',
    async () => {
      const host = realHost().host;
      const before = readdirSync(host.setup.home);
      const { report, messages } = await measure(host, longRun('apa'));
      expectWholeReport(report, 'apa');
      const { memory, time, largest } = report.stages[0]!;
      const names = memory.parts.map(({ name }) => name).sort();
      expect(names).toEqual(['activations', 'critic', 'libraries', 'optimizer', 'policy', 'reference', 'reward']);
      expect(time).toMatchObject({ unit: 'iterations', evaluations: 15 });
      expect(time!.phases.map(({ name }) => name)).toEqual(['rollout', 'reward', 'update', 'other']);
      expect(largest).toMatchObject([
        { field: 'updates.minibatch_size', configured: 4, rows: 8, confirmed: true },
        { field: 'rollouts.chunk_size', configured: 4, rows: 8, confirmed: true },
      ]);
      const told = messages.flatMap((message) => (message.kind === 'progress' ? [message.progress] : []));
      expect(told.length).toBeGreaterThan(2);
      expect(told.map(({ secondsLeft }) => secondsLeft !== null)).toEqual(told.map(({ done }) => done > 0));
      expect(readdirSync(host.setup.home)).toEqual(before);
      expect(listRuns(host.setup.store.read, 10)).toEqual([]);
      await expectAgreement(host, longRun('apa'), report);
    },
    PATIENCE,
  );

  test(
    'a pipeline: a later stage is measured with a stand-in for what an earlier one will make',
    async () => {
      const online = longRun('apa');
      const stages = {
        reward_model: without(longRun('reward-model')),
        apa: { ...without(online), reward: { type: 'model', model: 'stage:reward_model/reward_model' } },
      };
      const { report } = await measure(realHost().host, { recipe: 'pipeline', stages });
      expect(report.stages.map(({ stage, memory }) => [stage, memory.fits])).toEqual([
        ['reward_model', true],
        ['apa', true],
      ]);
      const [ofReward, ofApa] = report.stages;
      expect(report.totalSeconds).toBeCloseTo(ofReward!.time!.totalSeconds + ofApa!.time!.totalSeconds);
      expect(ofReward!.time).toMatchObject({
        unit: 'updates',
        iterations: 40,
        evaluations: 14,
        phases: [{ name: 'update' }],
      });
      expect(ofReward!.largest).toMatchObject([
        { field: 'training.batch_size', configured: 4, rows: 64, confirmed: true },
      ]);
    },
    PATIENCE,
  );
});

const without = ({ recipe: _, ...rest }: Record<string, object>) => rest;

describe('what does not fit', () => {
  test(
    'is not run: the small trial says so, with the number',
    async () => {
      const machine = { ...THIS_MACHINE, availableMemory: () => 50 * 2 ** 20, freeDisk: () => 2 ** 20 };
      const { report } = await measure(realHost().host, longRun('apa'), { machine });
      expect(report).toMatchObject({ fits: false, totalSeconds: null });
      const [stage] = report.stages;
      expect(stage).toMatchObject({
        memory: { fits: false, source: 'extrapolated' },
        time: null,
        disk: { fits: false },
      });
      expect(stage!.warnings.map(({ level, field }) => [level, field])).toEqual([
        ['error', 'updates.minibatch_size'],
        ['error', 'checkpoints.keep_every'],
      ]);
      expect(stage!.warnings[0]!.why).toMatch(/would use about [\d.]+ [MG]B of memory; 52\.4 MB are available/);
    },
    PATIENCE,
  );

  test('a bad config is refused before anything starts', async () => {
    const refused = measure(realHost().host, { ...longRun('apa'), seed: -1 });
    await expect(refused).rejects.toMatchObject({ code: 'config_invalid' });
  });
});

test(
  'canceling ends it within a second and leaves nothing',
  async () => {
    const host = realHost().host;
    const before = readdirSync(host.setup.home);
    const abort = new AbortController();
    const options = {
      config: JSON.stringify(longRun('apa')),
      baseFolder: world.folder,
      overrides: [],
      activeRuns: () => [],
    };
    let canceledAt = Number.NaN;
    const read = async () => {
      for await (const message of runPreflight(host.setup, { ...options, signal: abort.signal })) {
        if (message.kind !== 'progress' || !message.progress.phase.startsWith('measuring') || abort.signal.aborted)
          continue;
        canceledAt = performance.now();
        abort.abort();
      }
    };
    const failure = await read().catch((error: unknown) => error);
    expect(performance.now() - canceledAt).toBeLessThan(1000);
    expect(failure).toBeInstanceOf(KeelError);
    expect(failure).toMatchObject({ code: 'canceled', kind: 'canceled' });
    expect(readdirSync(host.setup.home)).toEqual(before);
  },
  PATIENCE,
);
