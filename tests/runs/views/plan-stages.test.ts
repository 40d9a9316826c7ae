import { expect, test } from 'vitest';
import type { Progress } from '#contract/api/runs/run-records.ts';
import { describeLine } from '../../../src-main/runs/views/watch-overview.ts';
import { endRun, insertRun, readRun, setRunning, setState } from '../../../src-main/store/queries/runs.ts';
import { openMemoryStore } from '../../support/memory-store.ts';

const CONFIG = {
  stages: {
    reward_model: { training: { max_steps: 100, batch_size: 16 } },
    apa: { rollouts: { num_rollouts: 64 }, updates: { total_iterations: 40, num_ppo_epochs: 2 } },
  },
};
const AT_WORK: Progress = { phase: 'training', done: 50, total: 100, unit: 'updates', rate: 5, secondsLeft: 10 };

/** A pipeline whose first stage has begun. */
function openPipeline() {
  const { read, write } = openMemoryStore();
  const add = (id: string, recipe: string, more: object) => {
    const place = { folder: `/runs/${id}`, baseFolder: '/', device: 'default', parent: null, stage: null };
    const row = { ...place, id, name: id, recipe, configGiven: '{}', config: CONFIG, createdAt: 1, ...more };
    return insertRun(write, row);
  };
  const pipeline = add('all', 'pipeline', {});
  const stage = add('first', 'reward-model', { parent: 'all', stage: 'reward_model' });
  for (const run of [pipeline, stage]) setRunning(write, run, 1);
  const line = (progress: Progress | null) =>
    describeLine(read, readRun(read, 'all')!, (id) => (id === 'first' ? progress : null));
  return { write, stage, line };
}

test('a pipeline tells all its stages from the start, with the share of all work and the time left of all', () => {
  const { plan, progress } = openPipeline().line(AT_WORK);
  expect(plan?.stages).toMatchObject([
    { name: 'reward_model', run: 'first', state: 'running', done: 50, total: 100, secondsLeft: 10 },
    { name: 'apa', run: null, state: 'planned', done: 0, total: 40, unit: 'iterations' },
  ]);
  // Passes of an update: 16 pairs · 2 texts · 3 = 96; of an iteration: 64 · (2 + 3 + 2 epochs · 2 models · 3) = 1088.
  // At 5 · 96 = 480 passes a second, 40 iterations take 43,520 / 480 = 90.667 s.
  expect(plan?.stages[1]?.secondsLeft).toBeCloseTo(90.6667, 3);
  expect(progress?.secondsLeft).toBeCloseTo(100.6667, 3);
  // 50 · 96 of 100 · 96 + 43,520 passes.
  expect(progress?.share).toBeCloseTo(4800 / 53_120, 6);
  expect(progress).toMatchObject({ phase: 'stage 1 of 2 (Reward model)', done: 50, total: 100, isEstimated: true });
});

test('while its stage is paused a pipeline has no time left, and its share stays', () => {
  const { write, stage, line } = openPipeline();
  setState(write, stage, 'paused', { by: 'person', why: 'Paused at your request.', regime: null });
  const { state, progress } = line({ ...AT_WORK, rate: null, secondsLeft: null });
  expect([state, progress?.secondsLeft]).toEqual(['paused', null]);
  expect(progress?.share).toBeCloseTo(4800 / 53_120, 6);
});

test('a pipeline that has ended has no progress, and says of each stage how it ended', () => {
  const { write, stage, line } = openPipeline();
  const end = { at: 9, summary: null, error: null };
  endRun(write, stage, { ...end, state: 'finished' });
  endRun(write, stage - 1, { ...end, state: 'stopped' });
  const { plan, progress } = line(null);
  expect(progress).toBeNull();
  expect(plan?.stages.map(({ state }) => state)).toEqual(['finished', 'planned']);
});
