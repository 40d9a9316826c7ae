import { expect, test } from 'vitest';
import type { Measurement } from '../../../src-main/contract/api/runs/preflight-measurement.ts';
import { forecastDisk, forecastTime, memoryParts } from '../../../src-main/runs/preflight/forecast.ts';

const MEASURED: Measurement = {
  device: { backend: 'tensorflow', device: 'cpu', mode: 'compiled', threads: 2 },
  room: { memoryBytes: 1000, diskBytes: 1000 },
  baseBytes: 400,
  peakBytes: 1000,
  variables: { policy: 100, critic: 100, reference: 100, optimizer: 200 },
  steps: [],
  setupSeconds: 5,
  buildSeconds: 1,
  iterations: 20,
  phases: { rollout: 2, update: 3 },
  evaluationSeconds: 4,
  checkpoint: { seconds: 1, bytes: 400 },
};

const CONFIG = {
  recipe: 'apa',
  rollouts: {},
  evaluation: { interval_iterations: 10 },
  checkpoints: { interval_seconds: 60, interval_steps: null, keep_best: true, keep_every: null, disk_budget_gb: null },
};

test('the time of a run is what was measured, times how often it happens', () => {
  // Work: 20 · 5 + 3 · 4 = 112 s, so one checkpoint by the clock; two for best evaluations, one at the end.
  // Left behind: policy, critic and the best policy, 300 of 400 bytes: 0.75 s.
  expect(forecastTime(CONFIG, MEASURED)).toEqual({
    unit: 'iterations',
    iterations: 20,
    secondsPerIteration: 5,
    phases: [
      { name: 'rollout', seconds: 2 },
      { name: 'update', seconds: 3 },
    ],
    setupSeconds: 6,
    evaluations: 3,
    evaluationSeconds: 4,
    checkpoints: 4,
    checkpointSeconds: 1,
    finishSeconds: 0.75,
    totalSeconds: 6 + 112 + 4 + 0.75,
  });
});

test('a supervised run evaluates every so many updates, and a reward model once more for its certificate', () => {
  const config = {
    recipe: 'reward-model',
    certificate: {},
    evaluation: { interval_steps: 8 },
    checkpoints: CONFIG.checkpoints,
  };
  const time = forecastTime(config, { ...MEASURED, variables: { reward_model: 200, optimizer: 400 } });
  expect(time).toMatchObject({ unit: 'updates', evaluations: 3, finishSeconds: 4.5 });
});

test('disk holds the checkpoints kept at once and what the run leaves behind', () => {
  const time = forecastTime(CONFIG, MEASURED);
  const slack = 50 * 2 ** 20;
  expect(forecastDisk(CONFIG, MEASURED, time, 1e9)).toEqual({
    checkpointBytes: 400,
    keptCheckpoints: 4,
    artifactBytes: 300,
    totalBytes: 4 * 400 + 300 + slack,
    freeBytes: 1e9,
    fits: true,
  });
  const everySecond = { ...CONFIG, checkpoints: { ...CONFIG.checkpoints, keep_every: 2 } };
  expect(forecastDisk(everySecond, MEASURED, time, 1000)).toMatchObject({ keptCheckpoints: 6, fits: false });
});

test('what no model, optimizer or library accounts for are activations', () => {
  expect(memoryParts(MEASURED, 1000).at(-1)).toEqual({ name: 'activations', bytes: 100 });
  expect(memoryParts(MEASURED, 1000).reduce((sum, { bytes }) => sum + bytes, 0)).toBe(1000);
});
