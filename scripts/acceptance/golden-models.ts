import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AcceptanceLine } from './line.ts';
import { ROOT, runProgram, testCount, vitest } from './run-program.ts';

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
    const tests = await vitest(['tests/engine/model', 'tests/engine/jobs/export-card.test.ts'], {
      KEEL_TEST_PYTHON: python,
    });
    const told = [...new Set(tests.stdout.split('\n').map((line) => line.trim()))];
    const logits = told.filter((line) => /^\S+: max abs difference of logits/.test(line));
    const opened = told.filter((line) => /^\S+: max abs difference in transformers/.test(line));
    const exported = readdirSync(join(ROOT, 'tests/fixtures/models')).length;
    return {
      passed: tests.code === 0 && opened.length === exported,
      figures: [testCount(tests), ...logits, `${opened.length} of ${exported} exports opened`, ...opened],
    };
  },
};
