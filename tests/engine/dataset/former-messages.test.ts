import { expect, it } from 'vitest';
import { exactText } from '#engine/dataset/duplicates/record-parts.ts';
import { readRecords } from '#engine/dataset/readers/read-records.ts';
import type { DataRecord, Demonstration } from '#engine/records.ts';
import { tokenRowsOfDemonstration } from '#engine/tokenizer/rows/token-rows.ts';
import { chatTokenizer } from '../tokenizer/chats.ts';
import { useFiles } from './files.ts';

const file = useFiles();
const user = (content: unknown, more: object = {}) => ({ role: 'user', content, ...more });
const assistant = (content: unknown, more: object = {}) => ({ role: 'assistant', content, ...more });

async function read(rows: readonly object[], asFormerly: boolean) {
  const path = file('rows.jsonl', rows.map((row) => JSON.stringify(row)).join('\n'));
  const { items } = await readRecords(path, { asFormerly });
  const found: (DataRecord | string)[] = [];
  for await (const item of items) found.push('fault' in item ? item.fault.reason : item.record);
  return found;
}

// What commit 2d614ce made of these rows: role and text alone, and every assistant turn trained.
it('runs of earlier versions go on with the messages that they started with', async () => {
  const turns = [user('Hi', { name: 'Ola' }), assistant('', { tool_calls: [{}] }), assistant('Ho', { weight: 0 })];
  const rows = [
    { messages: turns, tools: [{}] },
    { messages: [user('Hi'), assistant(null)] },
    { messages: JSON.stringify([user('Hi')]) },
  ];
  const [record, ...others] = (await read(rows, true)) as [Demonstration, string, Demonstration];
  const plain = [user('Hi'), assistant(''), assistant('Ho')];
  expect([record.completion, record.template, others[0]]).toEqual([plain, undefined, 'bad_message']);
  expect((others[1] as Demonstration).completion).toBe(JSON.stringify([user('Hi')]));
  const tokenizer = chatTokenizer('chatml');
  const [{ row, untrained }] = tokenRowsOfDemonstration(tokenizer, record, { multiTurn: 'former' }) as never as [
    { row: { ids: number[]; trained: boolean[] }; untrained: unknown },
  ];
  expect(tokenizer.decode(row.ids.filter((_, index) => row.trained[index]))).toBe('<|im_end|>\nHo<|im_end|>\n');
  expect(untrained).toEqual({ empty: 0, weightless: 0, changed: 0 });
  const [now] = (await read(rows, false)) as [Demonstration];
  expect(now.completion).toEqual(turns);
});

it('the key of a conversation, which decides the split, is that of earlier versions for plain messages', () => {
  const plain = [user('Hi'), assistant('Ho')];
  expect(exactText(plain as never)).toBe(`\0${JSON.stringify(plain)}`);
  expect(exactText([{ content: 'Hi', role: 'user' }])).toBe(`\0${JSON.stringify([user('Hi')])}`);
  expect(exactText([user('Hi', { name: 'Ola' })] as never)).not.toBe(exactText([user('Hi')] as never));
});

it('a completion of messages does not train empty turns and those of weight 0', () => {
  const tokenizer = chatTokenizer('chatml');
  const completion = [assistant('No', { weight: 0 }), user('Sure?'), assistant('Yes')];
  const record = { kind: 'demonstration', prompt: [user('Hi')], completion, origin: { file: '', line: 1 } };
  const [fitted] = tokenRowsOfDemonstration(tokenizer, record as never);
  const { row, untrained } = fitted!;
  const text = tokenizer.decode(row.ids.filter((_, index) => row.trained[index]));
  expect([text, untrained?.weightless]).toEqual([
    '<|im_start|>user\nSure?<|im_end|>\n<|im_start|>assistant\nYes<|im_end|>',
    1,
  ]);
});
