import { appendFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { datasetReportSchema } from '#contract/api/library/datasets.ts';
import { checkDataset } from '#engine/dataset/checks/check-dataset.ts';
import type { RowMaker } from '#engine/dataset/checks/token-tally.ts';
import { contentHash } from '#engine/dataset/content-hash.ts';
import { loadDataset } from '#engine/dataset/load-dataset.ts';
import { useFiles } from '../files.ts';

const file = useFiles();
const lines = (...rows: object[]) => rows.map((row) => JSON.stringify(row)).join('\n');

/** One token a character; the reply is trained, and rows lose ids above 12. */
const characters: RowMaker = {
  rows(record) {
    if (record.kind !== 'comparison') return [];
    return (['chosen', 'rejected'] as const).map((name) => {
      const ids = Array.from(
        `${record.prompt as string}${record[name] as string}`,
        (char) => char.codePointAt(0) as number,
      );
      const trained = ids.map((_, index) => index >= record.prompt.length);
      const row = { ids: ids.slice(0, 12), trained: trained.slice(0, 12) };
      return { name, row, cut: Math.max(0, ids.length - 12), ends: { spans: 1, unended: 0 } };
    });
  },
  notes: () => [],
  kindsOf: (ids) => ids.map(() => 'text'),
  pieceOf: (id) => String.fromCodePoint(id),
};

const PAIRS = [
  { prompt: 'Q one ', chosen: 'yes', rejected: 'no, never' },
  { prompt: 'Q two ', chosen: 'long reply', rejected: 'no' },
  { prompt: 'Q one ', chosen: 'yes', rejected: 'no, never' },
  { prompt: 'Q three ', chosen: 'same', rejected: 'same' },
];

describe('check', () => {
  it('reports the whole file as the contract says', async () => {
    const path = file('pairs.jsonl', `${lines(...PAIRS)}\nbroken`);
    const report = await checkDataset(path, {
      tokens: { maker: characters, vocabSize: 256, maxLength: 12 },
      examples: 1,
    });
    expect(datasetReportSchema.parse(report)).toEqual(report);
    const { examples, findings, tokens, notes, ...rest } = report;
    expect(notes).toEqual([]);
    expect(rest).toEqual({
      file: path,
      bytes: 236,
      contentHash: await contentHash(path),
      format: {
        fileKind: 'jsonl',
        gzip: false,
        type: 'preference',
        form: 'standard',
        rawDialogs: false,
        columns: { prompt: 'prompt', chosen: 'chosen', rejected: 'rejected' },
      },
      trainsOn: 'the responses and their end token; the prompt is read but not trained on',
      rows: {
        total: 5,
        good: 3,
        bad: 2,
        reasons: [
          { reason: 'chosen_is_rejected', count: 1, firstLine: 4, why: 'has the same text as chosen and rejected' },
          { reason: 'cut_off', count: 1, firstLine: 5, why: 'is incomplete: the file ends within it' },
        ],
        firstBad: [
          { line: 4, reason: 'chosen_is_rejected', why: 'has the same text as chosen and rejected' },
          { line: 5, reason: 'cut_off', why: 'is incomplete: the file ends within it' },
        ],
      },
      shorterChosen: { comparisons: 3, shorter: 2 },
      duplicates: { exact: 1, examinedExact: 3, near: 0, examinedNear: 3, repeatedPrompts: 1, nearPairs: [] },
    });
    // Rows of 9, 15, 16, 8, 9, 15 tokens; those above 12 are cut.
    expect(tokens).toEqual({
      vocabSize: 256,
      maxLength: 12,
      rows: 6,
      total: 72,
      trained: 3 + 6 + 6 + 2 + 3 + 6,
      mean: 12,
      longest: 16,
      percentiles: { p50: 16, p90: 16, p99: 16 },
      histogram: [{ from: 0, to: 16, rows: 6 }],
      truncatedRows: 3,
      truncatedTokens: 10,
      rowsWithoutTrained: 0,
      trainedSpans: 6,
      unendedSpans: 0,
    });
    expect(examples.map(({ line, name, cut }) => [line, name, cut])).toEqual([
      [1, 'chosen', 0],
      [1, 'rejected', 3],
    ]);
    expect(examples[0]?.tokens.map(({ text, trained }) => (trained ? text.toUpperCase() : text)).join('')).toBe(
      'Q one YES',
    );
    expect(findings.map(({ level }) => level)).toEqual(['error', 'warning', 'warning', 'note']);
  });

  it('the first token of a row is never predicted, so it is not counted as trained', async () => {
    const path = file('texts.jsonl', lines({ text: 'a' }, { text: 'abc' }));
    const whole: RowMaker = {
      ...characters,
      rows(record) {
        const ids = Array.from(record.kind === 'demonstration' ? (record.completion as string) : '', (_, at) => at);
        return [{ name: 'text', row: { ids, trained: ids.map(() => true) }, cut: 0, ends: { spans: 1, unended: 0 } }];
      },
    };
    const { tokens } = await checkDataset(path, { tokens: { maker: whole, vocabSize: 256, maxLength: null } });
    expect([tokens!.total, tokens!.trained, tokens!.rowsWithoutTrained]).toEqual([4, 2, 1]);
  });

  it('can be canceled and tells how far it is', async () => {
    const path = file('many.jsonl', `${lines(PAIRS[0]!)}\n`.repeat(20_000));
    const controller = new AbortController();
    const seen: number[] = [];
    const checking = checkDataset(path, {
      signal: controller.signal,
      onProgress: ({ rows }) => {
        seen.push(rows);
        controller.abort();
      },
    });
    await expect(checking).rejects.toThrow(expect.objectContaining({ code: 'canceled' }));
    expect(seen[0]).toBe(500);
  });
});

describe('load', () => {
  it('gives records with their origin and the hash of the file', async () => {
    const path = file('good.jsonl', lines(PAIRS[0]!, PAIRS[1]!));
    const { records, contentHash: hash, format, skipped } = await loadDataset(path);
    expect(records[1]).toEqual({ kind: 'comparison', ...PAIRS[1], origin: { file: path, line: 2 } });
    expect([hash, format.type, skipped]).toEqual([await contentHash(path), 'preference', []]);
  });

  it('is all or nothing unless skipping was allowed', async () => {
    const path = file('bad.jsonl', lines(...PAIRS));
    await expect(loadDataset(path)).rejects.toThrow(
      expect.objectContaining({
        code: 'dataset.bad_rows',
        faults: [{ where: 'line 4', why: 'has the same text as chosen and rejected' }],
      }),
    );
    const { records, skipped } = await loadDataset(path, { skipBadRows: true });
    expect([records.length, skipped.length]).toEqual([3, 1]);
    expect((await loadDataset(path, { maxRecords: 2 })).records).toHaveLength(2);
  });

  it('refuses too much text, no good row and a file that changes while it is read', async () => {
    const path = file('a.jsonl', lines(PAIRS[0]!));
    await expect(loadDataset(path, { maxCharacters: 20 })).rejects.toThrow(
      expect.objectContaining({ code: 'dataset.too_large' }),
    );
    const useless = file('b.jsonl', lines(PAIRS[3]!));
    await expect(loadDataset(useless, { skipBadRows: true })).rejects.toThrow(
      expect.objectContaining({ code: 'dataset.empty' }),
    );
    const growing = file('c.jsonl', `${lines(PAIRS[0]!)}\n`);
    const loading = loadDataset(growing, { onBytes: () => appendFileSync(growing, `${lines(PAIRS[1]!)}\n`) });
    await expect(loading).rejects.toThrow(expect.objectContaining({ code: 'dataset.changed' }));
  });
});
