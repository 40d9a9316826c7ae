import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AcceptanceLine } from './line.ts';
import { ROOT, testCount, vitest } from './run-program.ts';

/** 1,500 real preference pairs beside the checkout. */
export const PAIRS_FILE = join(ROOT, '../shared/data/hh-harmless-base/sample.jsonl.gz');

/** Throws when the real pairs are absent. */
export function requirePairs(): string {
  if (!existsSync(PAIRS_FILE)) throw new Error(`the real preference pairs are absent (${PAIRS_FILE})`);
  return PAIRS_FILE;
}

export const goldenTokenizers: AcceptanceLine = {
  number: 3,
  title: 'Tokenizers equal Hugging Face tokenizers on every text of the real pairs',
  async run() {
    requirePairs();
    const tests = await vitest(['tests/engine/tokenizer']);
    return { passed: tests.code === 0, figures: [testCount(tests)] };
  },
};
