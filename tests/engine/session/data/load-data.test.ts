import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { DataLedger } from '#contract/api/runs/data-ledger.ts';
import { ledgerLines, placesWords } from '#contract/ledger-words.ts';
import type { DataRecord } from '#engine/records.ts';
import { LedgerTally } from '#engine/session/data/ledger-tally.ts';
import { type DataConfig, loadData } from '#engine/session/data/load-data.ts';
import { demonstrationsOf } from '#engine/session/data/records-of.ts';

const folder = mkdtempSync(join(tmpdir(), 'load-data-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, rows: readonly object[]): string {
  const path = join(folder, name);
  writeFileSync(path, `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`);
  return path;
}

/** The entries of a ledger: kind and number of rows. */
function entriesOf({ leftOut, notices }: DataLedger): readonly (readonly [string, number])[] {
  return [
    ...leftOut.map(({ reason, rows }) => [reason, rows] as const),
    ...notices.map(({ kind, rows }) => [kind, rows] as const),
  ];
}

/** Loads as a run does; every row that was read is in one part or left out for a reason. */
async function load(files: readonly string[], over: Partial<DataConfig> = {}) {
  const data: DataConfig = {
    ...{ files, columns: {}, heldOutFiles: null, heldOutFraction: 0.1, heldOutSize: null, maxRecords: null },
    ...{ duplicates: 'remove_exact', rowSelection: 'trainable', skipBadRows: false },
    ...over,
  };
  const { train, heldOut, ledger: tally } = await loadData(data, 7, { input: () => undefined });
  const ledger = tally.record({ training: train.length, heldOut: heldOut.length, limit: null, trained: null });
  const out = ledger.leftOut.reduce((sum, { rows }) => sum + rows, 0);
  expect(train.length + heldOut.length + out).toBe(ledger.read);
  return { train, heldOut, ledger, told: entriesOf(ledger) };
}

const linesOf = (records: readonly DataRecord[]) => records.map(({ origin }) => origin.line);

const TEMPLATED = [
  ...Array.from({ length: 60 }, (_, n) => ({
    prompt: `Sort the letter into one of three boxes and answer with one word. The letter says: my ${['bell', 'lamp', 'seat', 'chain', 'wheel'][n % 5]} ${['is broken', 'costs too much', 'came late'][n % 3]}${n % 4 === 0 ? '!' : '.'}`,
    completion: ` ${['repair', 'sale', 'other'][n % 3]}`,
  })),
  ...Array.from({ length: 40 }, (_, n) => ({
    prompt: `Compute ${n % 2 ? '-' : ''}${n >> 2} * 3`,
    completion: ` ${n}`,
  })),
  ...Array.from({ length: 120 }, (_, n) => ({
    prompt: `Question ${n * n} of traveler ${n} asks where the ${['tower', 'bridge', 'market', 'museum'][n % 4]} number${n} stands and who built it in ${1500 + n}`,
    completion: `It stands at place${n * 7} and was built by mason${n * 11} of guild${n}`,
  })),
];
/** The last ten are rows 101 to 110 once more, in capitals and with a question mark. */
const ROWS = [
  ...TEMPLATED,
  ...TEMPLATED.slice(100, 110).map((row) => ({ ...row, prompt: `${row.prompt.toUpperCase()}?` })),
];
/** Different rows among these 230, counted by pandas: len(df.drop_duplicates()). */
const DIFFERENT = 200;

describe('repeats', () => {
  it('leaves out exact repeats only, and tells how many before anything is trained', async () => {
    const { train, heldOut, ledger, told } = await load([fileOf('rows.jsonl', ROWS)]);
    expect(train.length + heldOut.length).toBe(DIFFERENT);
    expect(told).toEqual([['exact_repeat', ROWS.length - DIFFERENT]]);
    const line = ledgerLines(ledger)[0]!;
    expect([line.level, line.text]).toEqual([
      'warning',
      '30 rows were left out: exact duplication of another row (data.duplicates).',
    ]);
    expect(placesWords(line)).toMatch(/^Lines \d+ \(repeats \d+\), .* and 22 more of rows\.jsonl\.$/);
  });

  it('keeps everything when asked to', async () => {
    const { train, heldOut, told } = await load([fileOf('rows.jsonl', ROWS)], { duplicates: 'keep' });
    expect([train.length + heldOut.length, told]).toEqual([ROWS.length, []]);
    const heldPrompts = new Set(heldOut.map((record) => record.prompt));
    expect(train.filter((record) => heldPrompts.has(record.prompt))).toEqual([]);
  });

  it('leaves out near repeats on request, and tells of both counts', async () => {
    const text =
      'asks in many plain words why the mill by the river has been still since the spring of that year and who repairs it';
    const rows = [
      ...ROWS,
      { prompt: `Somebody ${text}`, completion: ' The miller repairs it himself.' },
      { prompt: `SOMEBODY ${text}.`, completion: ' The miller repairs it  himself!' },
    ];
    const { train, heldOut, told } = await load([fileOf('near.jsonl', rows)], { duplicates: 'remove_near' });
    // The ten in capitals, the one of the miller, and fifteen letters that end with "!" in one row and with "." in another.
    expect(train.length + heldOut.length).toBe(DIFFERENT + 2 - 26);
    expect(told).toEqual([
      ['exact_repeat', 30],
      ['near_repeat', 26],
    ]);
  });

  it('leaves training records out whose prompt is held out in a file of its own', async () => {
    const heldOutFiles = [fileOf('held.jsonl', ROWS.slice(100, 130))];
    const data = [fileOf('rows.jsonl', ROWS)];
    const exact = await load(data, { heldOutFiles });
    expect(exact.train).toHaveLength(DIFFERENT - 30);
    expect(exact.told.slice(1)).toEqual([
      ['held_out_prompt', 30],
      ['kept_held_out_prompt', 10],
    ]);
    const near = await load(data, { heldOutFiles, duplicates: 'remove_near' });
    expect(near.train).toHaveLength(DIFFERENT - 30 - 10 - 15);
    const keep = await load(data, { heldOutFiles, duplicates: 'keep' });
    expect(keep.train).toHaveLength(ROWS.length);
  });

  it('splits by equal prompts where near ones leave no choice, and says so', async () => {
    const words = Array.from(
      { length: 80 },
      (_, n) => `word${'abcdefghij'[n % 10]}${'klmnopqrst'[Math.floor(n / 10)]}`,
    );
    // Five versions of one long text, each with another last word, two replies to each.
    const rows = Array.from({ length: 10 }, (_, n) => ({
      prompt: [...words, ['red', 'blue', 'green', 'white', 'black'][n % 5]].join(' '),
      completion: `reply of its own ${n}`,
    }));
    const { heldOut, told } = await load([fileOf('alike.jsonl', rows)], { heldOutFraction: 0.2 });
    expect(new Set(heldOut.map((record) => record.prompt)).size).toBe(1);
    expect(told).toEqual([['split_by_exact_prompt', 0]]);
  });
});

it('tells how many completions with a thumb down are not imitated', () => {
  const origin = { file: 'f', line: 1 };
  const judgments = [true, false, true].map((label) => ({
    kind: 'judgment',
    prompt: 'p',
    completion: 'c',
    label,
    origin,
  }));
  const ledger = new LedgerTally();
  expect(demonstrationsOf(judgments as DataRecord[], ledger)).toHaveLength(2);
  expect(ledger.leftOut('disapproved')).toEqual({ reason: 'disapproved', rows: 1, places: [{ file: 'f', line: 1 }] });
});

/** What commit cdb50bb made of the same rows: rows in each part and the SHA-256 of their line numbers. */
const BEFORE = [
  ['former_remove', 0.2, false, 140, 35, 'aec7f44195d06184'],
  ['former_remove', 0, false, 175, 0, 'f2a2f3e42270a3cd'],
  ['former_remove', 0.1, true, 145, 30, 'e1112c9f3c4da61a'],
  ['former_keep', 0.2, false, 183, 35, '9f9f208c32fc03e2'],
  ['former_keep', 0, false, 230, 0, '71eee647de5fcbe3'],
  ['former_keep', 0.1, true, 230, 30, 'a271f7274cdc00db'],
] as const;

it.each(BEFORE)('%s goes on with the rows of earlier versions, share %d, held-out file %s', async (...before) => {
  const [duplicates, heldOutFraction, hasFile, trained, held, digest] = before;
  const heldOutFiles = hasFile ? [fileOf('held.jsonl', ROWS.slice(100, 130))] : null;
  const over = { duplicates, heldOutFraction, heldOutFiles };
  const { train, heldOut, told } = await load([fileOf('rows.jsonl', ROWS)], over);
  const lines = JSON.stringify([linesOf(train), linesOf(heldOut)]);
  const sha = createHash('sha256').update(lines).digest('hex').slice(0, 16);
  expect([train.length, heldOut.length, sha]).toEqual([trained, held, digest]);
  const lost = ROWS.length - train.length - (hasFile ? 0 : heldOut.length);
  expect(lost > 0).toBe(told.some(([kind]) => kind === 'former_repeat' || kind === 'held_out_prompt'));
});

/** Twelve rows of each kind, different by Python: len(set(prompts)) is 12 for every list. */
const KINDS: Readonly<Record<string, (n: number) => string>> = {
  numbers: (n) => `What is ${n} plus ${n * n}?`,
  operators: (n) => `Is 7 ${['<', '>', '=', '≤', '≥', '≠', '+', '-', '*', '/', '%', '^'][n]} 3 true?`,
  signs: (n) => `Evaluate ${n % 2 ? '-' : ''}${n >> 1} on the number line of this exercise.`,
  chinese: (n) => `为什么${'天海山河风雨雪花鸟鱼虫草'[n]}是这样的？请用一句话回答。`,
  arabic: (n) =>
    `ما هو معنى كلمة ${['بحر', 'جبل', 'نهر', 'ريح', 'مطر', 'ثلج', 'زهرة', 'طائر', 'سمك', 'شجرة', 'نار', 'حجر'][n]} في هذه الجملة؟`,
  punctuation: (n) => `${'.'.repeat(n + 1)}${'?!'.repeat(n % 3)}`,
  symbols: (n) => `${'∑∏∫√∞∂∇∈∉∪∩⊂'[n]}`,
  invisible: (n) => '\u200b'.repeat(n + 1),
  indentation: (n) => `def f(x):\n${' '.repeat(n + 1)}if x:\n${' '.repeat(2 * n + 2)}return 1`,
};

describe('rows of one kind that differ in one thing', () => {
  it.each(Object.keys(KINDS))('%s: all are used', async (kind) => {
    const rows = Array.from({ length: 12 }, (_, n) => ({ prompt: KINDS[kind]!(n), completion: 'The same reply.' }));
    for (const duplicates of ['remove_exact', 'remove_near', 'keep'] as const) {
      const { train, heldOut, ledger } = await load([fileOf(`${kind}.jsonl`, rows)], {
        duplicates,
        heldOutFraction: 0.25,
      });
      expect([duplicates, train.length, heldOut.length, ledger.leftOut]).toEqual([duplicates, 9, 3, []]);
    }
  });
});

it('runs of earlier versions ignore indentation, as before', async () => {
  const rows = Array.from({ length: 12 }, (_, n) => ({ prompt: KINDS.indentation!(n), completion: 'The same reply.' }));
  const over = { duplicates: 'remove_near', rowSelection: 'former', heldOutFraction: 0 } as const;
  // The same at commit 2d614ce: one of the twelve stays.
  expect((await load([fileOf('indentation.jsonl', rows)], over)).told).toEqual([['near_repeat', 11]]);
});

describe('limits', () => {
  const rows = Array.from({ length: 20 }, (_, n) => ({ prompt: `Question ${n}?`, completion: `Answer ${n}` }));
  const heldOutFiles = [
    fileOf(
      'limit-held.jsonl',
      rows.slice(0, 6).map((row) => ({ ...row, prompt: `Held ${row.prompt}` })),
    ),
  ];

  it('max_records cuts the training rows only', async () => {
    const files = [fileOf('limit.jsonl', rows)];
    const ofFile = await load(files, { maxRecords: 4, heldOutFiles });
    expect([linesOf(ofFile.train), ofFile.heldOut.length, ofFile.told]).toEqual([
      [1, 2, 3, 4],
      6,
      [['max_records', 16]],
    ]);
    const ofShare = await load(files, { maxRecords: 4, heldOutFraction: 0.25 });
    expect([ofShare.train.length, ofShare.heldOut.length, ofShare.told]).toEqual([4, 5, [['max_records', 11]]]);
  });

  it('runs of earlier versions read the first records only, of the held-out files as well', async () => {
    const over = { rowSelection: 'former', maxRecords: 4 } as const;
    const files = [fileOf('limit.jsonl', rows)];
    const ofFile = await load(files, { ...over, heldOutFiles });
    expect([linesOf(ofFile.train), linesOf(ofFile.heldOut)]).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ]);
    const ofShare = await load(files, { ...over, heldOutFraction: 0.25 });
    expect([ofShare.train.length, ofShare.heldOut.length, ofShare.ledger.read]).toEqual([3, 1, 4]);
  });

  it('held_out_fraction 0 holds nothing out', async () => {
    const { train, heldOut } = await load([fileOf('limit.jsonl', rows)], { heldOutFraction: 0 });
    expect([train.length, heldOut.length]).toEqual([20, 0]);
  });
});

const SHARED = fileURLToPath(new URL('../../../../../shared/cases/near-duplicates/', import.meta.url));
/** Different rows of each file, counted by Python: len({json.dumps(row, sort_keys=True) for row in rows}). */
const CASES = [
  ['rubric.jsonl', 100],
  ['signs.jsonl', 200],
  ['emoji.jsonl', 12],
] as const;

describe.skipIf(!existsSync(SHARED))(
  'small inputs that went wrong (skipped when they do not lie beside the repository)',
  () => {
    it.each(CASES)('%s has %d different rows, all of them trained or held out', async (name, rows) => {
      for (const duplicates of ['remove_exact', 'remove_near', 'keep'] as const) {
        const { train, heldOut, told } = await load([join(SHARED, name)], { duplicates });
        expect([train.length + heldOut.length, told]).toEqual([rows, []]);
        expect(heldOut.length).toBe(Math.round(rows / 10));
      }
    });
  },
);
