import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readPage } from '#engine/dataset/readers/read-page.ts';
import { useFiles } from '../files.ts';

const file = useFiles();
const fixture = (name: string) => fileURLToPath(new URL(`../../../fixtures/readers/${name}`, import.meta.url));

/** Fields of the rows of a page, or why a row is bad. */
async function page(path: string, index: number, count: number) {
  const { rows, isLast, columns, format } = await readPage(path, { from: { index }, count });
  const shown = rows.map(({ line, fields, fault }) =>
    fault === null
      ? { line, ...Object.fromEntries(fields.map(({ name, text }) => [name, text])) }
      : `${line}: ${fault.reason}`,
  );
  return { shown, isLast, columns, kind: format?.fileKind };
}

describe('a page of rows', () => {
  // The rows are those of expected.json, which Python read.
  it.each([
    ['semicolon.csv', 'csv', { line: 3, prompt: 'He said "no"', completion: 'Then\nwhat?' }],
    ['utf-16-be.csv', 'csv', { line: 3, prompt: 'He said "no"', completion: 'Then\nwhat?' }],
    ['lines.jsonl.zst', 'jsonl', { line: 2, prompt: '{"a": [1, 2]}', completion: '\\"]}', n: '2.5' }],
    ['wrapped.json', 'json', { line: 12, prompt: '{"a": [1, 2]}', completion: '\\"]}', n: '2.5' }],
    ['columns.json', 'json', { line: 2, prompt: '{"a": [1, 2]}', completion: '\\"]}', n: '2.5' }],
  ])('of %s', async (name, kind, row) => {
    const { shown, isLast, kind: found } = await page(fixture(name), 1, 1);
    expect([shown, isLast, found]).toEqual([[row], false, kind]);
  });

  it.each(['save-to-disk.arrow', 'zstd.feather', 'lz4-v2.parquet'])('of %s, and its last one', async (name) => {
    const first = await page(fixture(name), 1, 2);
    expect(first.shown).toHaveLength(2);
    expect(first.shown[0]).toMatchObject({ line: 2, messages: expect.stringContaining('"content":"Hi 1"') });
    const last = await page(fixture(name), 3, 100);
    expect([last.isLast, last.shown.length > 0]).toEqual([true, true]);
  });

  it('starts at a line, and shows bad rows with their reason', async () => {
    const path = file(
      'a.csv',
      `messages\n"[{'role': 'user', 'content': 'a'}]"\n"[{""role"": ""user"", ""content"": ""b""}]"\n`,
    );
    const { rows } = await readPage(path, { from: { line: 2 }, count: 5 });
    expect(rows.map(({ line, fault, turns }) => [line, fault?.reason ?? turns])).toEqual([
      [2, 'bad_messages'],
      [3, [{ part: 'text', role: 'user', text: 'b' }]],
    ]);
    expect((await page(fixture('open-quote.csv'), 1, 1)).shown).toEqual(['3: bad_csv']);
  });
});
