import { expect, test } from 'vitest';
import { workOf } from '../../../src-main/runs/preflight/measure-stage.ts';

const config = (responses: number) => ({ rollouts: { num_rollouts: responses } });

test('of a quick config, as much is run as a measurement runs at most', () => {
  const phases = { rollout: 1, reward: 0.5, update: 2 };
  expect(workOf(config(256), { phases })).toEqual({ collected: 128, evaluated: 64 });
});

test('of a slow one, what takes 8 seconds by the small trial', () => {
  // A response takes 0.5 seconds, 0.2 of them without updates.
  const phases = { rollout: 24, reward: 1.6, update: 38.4 };
  expect(workOf(config(128), { phases })).toEqual({ collected: 16, evaluated: 40 });
});

test('of a very slow one, the least that says something', () => {
  const phases = { rollout: 3000, update: 6000 };
  expect(workOf(config(64), { phases })).toEqual({ collected: 1, evaluated: 8 });
});

test('a recipe that samples nothing is not cut', () => {
  expect(workOf({ training: {} }, { phases: { update: 100 } })).toEqual({ collected: 128, evaluated: 64 });
});
