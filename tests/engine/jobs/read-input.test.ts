import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ChatRow } from '#engine/dataset/messages/chat-row.ts';
import { readInput } from '#engine/jobs/read-input.ts';
import { idsOfRows, textOrIdsSchema } from '#engine/jobs/text-or-ids.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keel-input-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(text: string): { file: string } {
  const path = join(folder, 'input.jsonl');
  writeFileSync(path, text);
  return { file: path };
}

describe('readInput', () => {
  it('reads JSON lines with a byte order mark, CRLF, blank lines and further keys', async () => {
    const rows = await readInput(file('\uFEFF{"text":"a"}\r\n\n{"ids":[1,2],"id":"x"}'), textOrIdsSchema);
    expect(rows).toEqual([
      { line: 1, row: { text: 'a' } },
      { line: 3, row: { ids: [1, 2] } },
    ]);
  });

  it('names every bad row by its line, in one error', async () => {
    const text = '{"text":"a"}\n{"text":\n{"text":"a","ids":[1]}\n{"ids":[-1]}\n{}\n';
    const error = await readInput(file(text), textOrIdsSchema).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'input_rows_bad' });
    const faults = (error as { faults: { where: string }[] }).faults;
    expect(faults.map(({ where }) => where)).toEqual(['line 2', 'line 3', 'line 4', 'line 5']);
  });

  it('reads what datasets may be, conversations in cells, and JSON Lines under any other name', async () => {
    const write = (name: string, content: string | Uint8Array) => {
      writeFileSync(join(folder, name), content);
      return { file: join(folder, name) };
    };
    const rowSchema = z.object({ prompt: z.union([z.string(), z.array(z.object({ content: z.string() }))]) });
    const table = 'prompt;n\n"[{""role"": ""user"", ""content"": ""Hi""}]";1\nThe 26" wheel, please;2\n';
    expect(await readInput(write('a.csv', Buffer.from(`\uFEFF${table}`, 'utf16le')), rowSchema)).toEqual([
      { line: 2, row: { prompt: [{ content: 'Hi' }] } },
      { line: 3, row: { prompt: 'The 26" wheel, please' } },
    ]);
    // A line separator of Unicode does not end a line of JSON.
    const text = '{"text":"a\u2028b"}\n';
    for (const name of ['b.rows', 'b.txt']) {
      expect(await readInput(write(name, text), textOrIdsSchema)).toEqual([{ line: 1, row: { text: 'a\u2028b' } }]);
    }
    const bad = { code: 'input_rows_bad', faults: [{ where: 'line 1', why: 'is not valid UTF-8' }] };
    const bytes = Buffer.from('{"text":"\xff"}\n', 'latin1');
    await expect(readInput(write('c.jsonl', bytes), textOrIdsSchema)).rejects.toMatchObject(bad);
  });

  it('says which file it could not read', async () => {
    const absent = join(folder, 'absent.jsonl');
    await expect(readInput({ file: absent }, textOrIdsSchema)).rejects.toMatchObject({
      code: 'input_unreadable',
      why: expect.stringContaining(absent),
    });
  });
});

describe('idsOfRows', () => {
  const limits = { vocabSize: 10, contextLength: 4, least: 2 };
  const text = (digits: string) => [...digits].map(Number);
  const chat = ({ messages }: ChatRow) => messages.flatMap(({ content }) => text(content as string));
  const encode = { text, chat };

  it('encodes text and passes ids', () => {
    const rows = [
      { line: 1, row: { text: '123' } },
      { line: 2, row: { ids: [9, 0] } },
    ];
    expect(idsOfRows(rows, encode, limits)).toEqual([
      [1, 2, 3],
      [9, 0],
    ]);
  });

  it('renders messages, and says what is wrong with them', () => {
    const turn = (content: unknown, role = 'user') => ({ role, content });
    const good = { line: 1, row: { messages: [turn('12'), turn('3', 'assistant')] } };
    expect(idsOfRows([good], encode, limits)).toEqual([[1, 2, 3]]);
    const image = { line: 2, row: { messages: [turn([{ type: 'image', url: 'x' }])] } };
    const tools = { line: 3, row: { messages: [turn('12')], tools: 'none' } };
    expect(() => idsOfRows([good, image, tools], encode, limits)).toThrow(
      expect.objectContaining({
        faults: [
          { where: 'line 2', why: 'messages[0].content[0] is a part of type "image", but Keel trains on text only' },
          { where: 'line 3', why: 'has tools that are not a list of objects' },
        ],
      }),
    );
    for (const row of [{}, { text: 'a', messages: [turn('1')] }]) {
      expect(textOrIdsSchema.safeParse(row).success).toBe(false);
    }
  });

  it('names every row that the model cannot take', () => {
    const rows = [[10, 1], [1], [1, 2, 3, 4, 5], [1, 2]].map((ids, index) => ({ line: index + 1, row: { ids } }));
    expect(() => idsOfRows(rows, encode, limits)).toThrow(
      expect.objectContaining({
        faults: [
          { where: 'line 1', why: "has the id 10, outside the model's vocabulary of 10" },
          { where: 'line 2', why: 'has 1 tokens, but at least 2 are required' },
          { where: 'line 3', why: 'has 5 tokens, but the model accepts at most 4' },
        ],
      }),
    );
  });
});
