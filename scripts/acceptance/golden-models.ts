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
    const python = pythonWithTransformers();
    const probe = await runProgram(python, ['-c', 'import torch, transformers']).catch(() => null);
    if (probe?.code !== 0) throw new Error('set KEEL_PYTHON to a Python with torch and transformers');
    const tests = await vitest(['tests/engine/model'], { KEEL_TEST_PYTHON: python });
    const opened = tests.stdout.split('\n').filter((line) => /^\S+: .*difference/.test(line.trim()));
    return {
      passed: tests.code === 0 && opened.length > 0,
      figures: [testCount(tests), ...opened.map((line) => line.trim())],
    };
  },
};
