import { expect, it } from 'vitest';
import type { DataLedger, LeftOutReason } from '#contract/api/runs/data-ledger.ts';
import { requireTraining } from '#engine/session/report/report-ledger.ts';

/** The remedy for a row that is left out, with a model that reads 64 tokens. */
function remedyOf(
  tokens: number,
  side: 'left' | 'right',
  longest: number,
  reason: LeftOutReason = 'cut_away',
): string | undefined {
  const ledger: DataLedger = {
    files: [{ role: 'data', path: '/data/a.jsonl', rows: 1 }],
    ...{ read: 1, training: 0, heldOut: 0, notices: [], trained: 0, limit: { tokens, side, longest } },
    leftOut: [{ reason, rows: 1, places: [{ file: '/data/a.jsonl', line: 1 }] }],
  };
  try {
    requireTraining(ledger, 64);
  } catch (error) {
    return (error as { fix: string }).fix;
  }
  return undefined;
}

it('a maximum length is raised only as far as the model reads', () => {
  expect(remedyOf(20, 'left', 40)).toBe('Raise data.max_length (now 20 tokens; the longest row has 40).');
  expect(remedyOf(20, 'left', 90)).toBe(
    'Raise data.max_length (now 20 tokens; the longest row has 90; the model reads up to 64).',
  );
  expect(remedyOf(20, 'right', 90)).toMatch(/up to 64\), or set data\.truncation_side to left\.$/);
});

it('a maximum length that is the whole context is not to be raised', () => {
  expect(remedyOf(64, 'left', 90)).toBe(
    'Use shorter rows, or a model with a longer context (it reads 64 tokens; the longest row has 90).',
  );
  expect(remedyOf(64, 'right', 90)).toMatch(/has 90\), or set data\.truncation_side to left\.$/);
});

it('rows that are bad, and rows that are not for training, have remedies of their own', () => {
  expect(remedyOf(20, 'left', 0, 'bad_row')).toBe('Fix the rows named here, or use other data.');
  expect(remedyOf(20, 'left', 9, 'disapproved')).toMatch(/^Use data with responses to train on/);
  expect(remedyOf(20, 'left', 9, 'untrained')).toMatch(/^Use data with responses to train on/);
});
