import type { AcceptanceLine } from './line.ts';
import { runProgram, testCount, vitest } from './run-program.ts';

/** Python with transformers, for the checks that need it. */
export function pythonWithTransformers(): string {
  return process.env.KEEL_PYTHON ?? 'python3';
}

export const goldenModels: AcceptanceLine = {
  number: 2,
  title: 'Every family gives the logits and greedy tokens of transformers, and exports open there again',
  async run() {
    const tests = await vitest(['tests/engine/model']);
    const python = pythonWithTransformers();
    const hasTransformers =
      (await runProgram(python, ['-c', 'import torch, transformers']).catch(() => null))?.code === 0;
    if (!hasTransformers) {
      return {
        passed: false,
        figures: [testCount(tests), 'exports were not opened: set KEEL_PYTHON to a Python with torch and transformers'],
      };
    }
    const exports = await runProgram(python, ['tests/golden/check_export.py']);
    return {
      passed: tests.code === 0 && exports.code === 0,
      figures: [testCount(tests), ...exports.stdout.trim().split('\n').slice(-20)],
    };
  },
};
