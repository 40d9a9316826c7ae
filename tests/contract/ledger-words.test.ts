import { expect, test } from 'vitest';
import type { DataLedger, LedgerPlace } from '#contract/api/runs/data-ledger.ts';
import { LEFT_OUT_REASONS, NOTICE_KINDS } from '#contract/api/runs/data-ledger.ts';
import { ledgerLines, ledgerText } from '#contract/ledger-words.ts';

const at = (line: number, file = '/data/a.jsonl'): LedgerPlace => ({ file, line });
const ledger: DataLedger = {
  files: [{ role: 'data', path: '/data/a.jsonl', rows: 1300 }],
  ...{ read: 1300, training: 1200, heldOut: 60, trained: null, limit: { tokens: 128, side: 'left', longest: 633 } },
  leftOut: [
    { reason: 'bad_row', rows: 1, places: [{ ...at(4), why: 'has no prompt' }] },
    { reason: 'exact_repeat', rows: 29, places: [{ ...at(9), repeats: at(2, '/data/b.jsonl') }, at(11), at(12)] },
    { reason: 'max_records', rows: 10, places: [] },
  ],
  notices: [{ kind: 'prompt_cut', name: null, rows: 40, count: 4100, places: [at(1)] }],
};

test('a ledger in words: counts, settings, lines, and what was asked for as a note', () => {
  expect(ledgerText(ledger)).toEqual([
    'data: 1,300 rows read: 1,200 for training, 60 held out, 40 left out',
    'warning: 1 row was left out: not usable (data.skip_bad_rows). Line 4 (has no prompt) of a.jsonl.',
    'warning: 29 rows were left out: exact duplication of another row (data.duplicates). Lines a.jsonl:9 (repeats b.jsonl:2), a.jsonl:11, a.jsonl:12 and 26 more.',
    'note: 10 rows were left out: beyond the limit for training (data.max_records).',
    'warning: 40 prompts of up to 633 tokens were truncated at the beginning: 4,100 tokens in all, to fit 128 tokens, which leaves room for a response (data.max_length minus generation.max_new_tokens). Lines 1 and 39 more of a.jsonl.',
  ]);
});

test('what is about names is one line for all of them', () => {
  const named = (name: string, rows: number) => ({
    kind: 'unused_column' as const,
    name,
    rows,
    count: rows,
    places: [],
  });
  const notices = [named('id', 3), named('source', 1)];
  expect(ledgerLines({ ...ledger, leftOut: [], notices }).map(({ level, text }) => [level, text])).toEqual([
    ['note', 'Columns that nothing uses: id (3 rows), source (1 row).'],
  ]);
});

test('lines of several names are in the order of the files and their lines, each once', () => {
  const named = (name: string, ...places: LedgerPlace[]) => {
    return { kind: 'unused_column' as const, name, rows: places.length, count: places.length, places };
  };
  const b = '/data/b.jsonl';
  const notices = [named('id', at(7), at(1, b), at(9, b)), named('source', at(2), at(7), at(5, b))];
  const [line] = ledgerLines({ ...ledger, leftOut: [], notices });
  expect(line!.places).toEqual([at(2), at(7), at(1, b), at(5, b), at(9, b)]);
});

test('every reason and every notice has words of its own', () => {
  const entry = { name: 'tools', rows: 2, count: 3, places: [] };
  const all = ledgerLines({
    ...ledger,
    leftOut: LEFT_OUT_REASONS.map((reason) => ({ reason, rows: 2, places: [] })),
    notices: NOTICE_KINDS.map((kind) => ({ ...entry, kind })),
  });
  expect(new Set(all.map(({ text }) => text)).size).toBe(LEFT_OUT_REASONS.length + NOTICE_KINDS.length);
});
