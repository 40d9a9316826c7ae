import { expect, it } from 'vitest';
import type { DatasetReport } from '#contract/api/library/datasets.ts';
import { findingsOf, type TrainingSettings } from '#engine/dataset/checks/dataset-findings.ts';

const FACTS: Omit<DatasetReport, 'findings'> = {
  ...{ file: 'a.jsonl', bytes: 1, contentHash: 'sha256:0', trainsOn: '', shorterChosen: null, examples: [], notes: [] },
  format: {
    fileKind: 'jsonl',
    gzip: false,
    type: 'prompt_completion',
    form: 'standard',
    rawDialogs: false,
    columns: {},
  },
  rows: { total: 9, good: 9, bad: 0, reasons: [], firstBad: [] },
  tokens: null,
  duplicates: { exact: 0, examinedExact: 9, near: 0, examinedNear: 9, repeatedPrompts: 0, nearPairs: [] },
};
const TRAINING: TrainingSettings = {
  ...{ skipBadRows: false, duplicates: 'remove_exact', heldOutFiles: null, heldOutFraction: 0.1 },
  ...{ contextLength: 64, responseRoom: 0 },
};

/** Nine token rows, of which some are cut or have nothing trained. */
function tokens(over: Partial<NonNullable<DatasetReport['tokens']>>): Pick<DatasetReport, 'tokens'> {
  const none = { total: 0, trained: 9, mean: 0, histogram: [], trainedSpans: 9, unendedSpans: 0 };
  const uncut = { truncatedRows: 0, truncatedTokens: 0, rowsWithoutTrained: 0 };
  const lengths = { longest: 50, percentiles: { p50: 20, p90: 40, p99: 50 } };
  return { tokens: { vocabSize: 9, maxLength: 20, rows: 9, ...none, ...uncut, ...lengths, ...over } };
}

const fixesOf = (facts: Partial<DatasetReport>, training: TrainingSettings | null) =>
  findingsOf({ ...FACTS, ...facts }, training).map(({ fix }) => fix);

it('a maximum length is raised only as far as the model reads, with room for a response', () => {
  const cut = tokens({ truncatedRows: 3, truncatedTokens: 30 });
  expect(fixesOf(cut, null)).toEqual(['Raise max_length (99% fit into 50), or accept the truncation.']);
  expect(fixesOf(cut, TRAINING)).toEqual(['Raise max_length (99% fit into 50), or accept the truncation.']);
  expect(fixesOf(cut, { ...TRAINING, responseRoom: 16 })).toEqual([
    'Raise max_length (99% fit into 66; the model reads up to 64), or accept the truncation.',
  ]);
  const whole = tokens({ maxLength: 48, truncatedRows: 1, truncatedTokens: 2 });
  expect(fixesOf(whole, { ...TRAINING, responseRoom: 16 })).toEqual([
    'Use a model with a longer context (99% fit into 66 tokens), or accept the truncation.',
  ]);
});

it('rows that are not cut need no other length to be trained', () => {
  expect(fixesOf(tokens({ rowsWithoutTrained: 2 }), TRAINING)).toEqual([
    'Check that the conversations have assistant turns.',
  ]);
  const [fix] = fixesOf(tokens({ rowsWithoutTrained: 2, truncatedRows: 2, truncatedTokens: 9 }), TRAINING);
  expect(fix).toMatch(/^Raise max_length, .*, or check that the conversations have assistant turns\.$/);
});

it('a single row is no trouble where none is to be held out of the file', () => {
  const one = { rows: { ...FACTS.rows, total: 1, good: 1 } };
  const fix = 'Use a file with more rows, or set data.held_out_fraction to 0.';
  expect([fixesOf(one, null), fixesOf(one, TRAINING)]).toEqual([[fix], [fix]]);
  expect(fixesOf(one, { ...TRAINING, heldOutFraction: 0 })).toEqual([]);
  expect(fixesOf(one, { ...TRAINING, heldOutFiles: ['b.jsonl'] })).toEqual([]);
});
