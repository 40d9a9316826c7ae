import type { AcceptanceLine } from './line.ts';
import { testCount, vitest } from './run-program.ts';

export const compiledModes: AcceptanceLine = {
  number: 11,
  title: 'Compiled and eager steps agree in losses and gradients, and go on from each other, for every recipe',
  async run() {
    const outcome = await vitest(['tests/engine/recipes/two-modes.test.ts']);
    return { passed: outcome.code === 0, figures: [testCount(outcome)] };
  },
};
