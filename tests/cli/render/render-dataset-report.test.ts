import { expect, it } from 'vitest';
import type { DatasetReport } from '#contract/api/library/datasets.ts';
import { printable, renderDatasetReport } from '../../../src-main/cli/render/render-dataset-report.ts';

const token = (text: string, trained: boolean) => ({ id: 1, text, trained, kind: 'text' as const });

const REPORT: DatasetReport = {
  file: 'pairs.csv',
  bytes: 12_345,
  contentHash: 'sha256:0123456789abcdef0123',
  format: {
    fileKind: 'csv',
    gzip: true,
    type: 'prompt_completion',
    form: 'standard',
    rawDialogs: false,
    columns: { prompt: 'question', completion: 'completion' },
  },
  trainsOn: 'the completion and its end token; the prompt is read, not trained',
  rows: {
    total: 1001,
    good: 1000,
    bad: 1,
    reasons: [{ reason: 'empty_prompt', count: 1, firstLine: 7, why: 'has an empty prompt' }],
    firstBad: [],
  },
  shorterChosen: null,
  tokens: {
    vocabSize: 300,
    maxLength: 64,
    rows: 1000,
    total: 20_000,
    trained: 5000,
    mean: 20,
    longest: 90,
    percentiles: { p50: 16, p90: 32, p99: 90 },
    histogram: [
      { from: 0, to: 16, rows: 800 },
      { from: 17, to: 32, rows: 200 },
    ],
    truncatedRows: 3,
    truncatedTokens: 40,
    rowsWithoutTrained: 0,
    trainedSpans: 1000,
    unendedSpans: 0,
  },
  duplicates: {
    ...{ exact: 2, examinedExact: 1000, near: 2, examinedNear: 1000, repeatedPrompts: 5 },
    nearPairs: [{ line: 9, repeats: 4, text: '…is\u202e blue?', repeatedText: '…is red?' }],
  },
  examples: [
    {
      line: 2,
      name: 'completion',
      cut: 4,
      tokens: [token('Why', false), token('?\n', false), token(' So', true), token('<|endoftext|>', true)],
    },
  ],
  notes: [],
  findings: [{ level: 'error', why: '1 of 1001 rows cannot be used.', fix: 'Mend it.' }],
};

it('shows type, rows, lengths, repeats, examples and findings', () => {
  expect(renderDatasetReport(REPORT, { color: false }).split('\n')).toEqual([
    'pairs.csv (12,345 bytes, sha256:0123456789ab…)',
    'type       prompt completion (standard), csv, gzipped',
    'columns    prompt = question, completion (mapped)',
    'trains on  the completion and its end token; the prompt is read, not trained',
    'rows       1,001: 1,000 good, 1 bad',
    '  1 x has an empty prompt (first in line 7)',
    'tokens     20,000 in 1,000 rows, 25.0% trained; 3 rows cut at 64',
    'lengths    mean 20, half ≤ 16, 90% ≤ 32, 99% ≤ 90, longest 90',
    `  ≤     16 ${'█'.repeat(40)} 800`,
    `  ≤     32 ${'█'.repeat(10)} 200`,
    'repeats    2 exact, 2 near; 5 rows share a prompt (near ones among the first 1,000)',
    '  line 9 nearly repeats line 4:',
    '    …is red?',
    '    …is<202E> blue?',
    '  and 1 more',
    '',
    'What the trainer sees (trained tokens between ‹ and ›):',
    'line 2, completion (4 tokens, 4 cut)',
    '  Why?⏎‹ So<|endoftext|>›',
    '',
    'error: 1 of 1001 rows cannot be used. Mend it.',
  ]);
});

it('marks trained tokens by color where there is one', () => {
  expect(renderDatasetReport(REPORT, { color: true })).toContain('Why?⏎\u001b[32m So<|endoftext|>\u001b[0m');
});

it('makes text inert: escape sequences, right-to-left marks, zero-width characters, NUL', () => {
  expect(printable('a\u001b[31m\u202eb\u200b\u0000\ufeff\u2028日👩‍👧')).toBe(
    'a<001B>[31m<202E>b<200B><0000><FEFF><2028>日👩<200D>👧',
  );
});
