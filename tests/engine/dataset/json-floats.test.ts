import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, test } from 'vitest';
import { parseJson, plainNumber } from '#engine/dataset/readers/json-floats.ts';
import { readRecords } from '#engine/dataset/readers/read-records.ts';
import type { DataRecord, Demonstration } from '#engine/records.ts';
import { ChatRenderer } from '#engine/tokenizer/chat/render-chat.ts';
import expected from '../../fixtures/json-numbers/expected.json' with { type: 'json' };
import { useFiles } from './files.ts';

const ROWS = join(import.meta.dirname, '../../fixtures/json-numbers/rows.jsonl');
const file = useFiles();

async function recordsOf(path: string): Promise<readonly DataRecord[]> {
  const { items } = await readRecords(path, {});
  const records: DataRecord[] = [];
  for await (const item of items) {
    if ('fault' in item) throw new Error(item.fault.why);
    records.push(item.record);
  }
  return records;
}

/** What tests/fixtures/json-numbers/make.py made with transformers. */
function texts(records: readonly DataRecord[]): readonly string[] {
  const renderer = new ChatRenderer(expected.template, [], {});
  return (records as readonly Demonstration[]).map(({ completion, template = null }) =>
    renderer.text(completion as never, { addGenerationPrompt: false, template }),
  );
}

it('whole floats are printed as Python prints them, and integers as integers', async () => {
  expect(texts(await recordsOf(ROWS))).toEqual(expected.texts);
});

it('the same numbers in a list of rows, and in JSON text in cells', async () => {
  const lines = readFileSync(ROWS, 'utf8').trimEnd().split('\n');
  expect(texts(await recordsOf(file('list.json', `[${lines.join(',\n')}]`)))).toEqual(expected.texts);
  const cells = lines.map((line) => {
    const [, messages, tools] = /^\{"messages": (.*), "tools": (.*)\}$/.exec(line)!;
    return `${JSON.stringify(messages)},${JSON.stringify(tools)}`.replaceAll('\\"', '""');
  });
  expect(texts(await recordsOf(file('cells.csv', `messages,tools\n${cells.join('\n')}\n`)))).toEqual(expected.texts);
});

it('a weight of 1.0 or 0.0 is a weight, and a label of 1.0 a label', async () => {
  const [talk] = await recordsOf(
    file(
      'weight.jsonl',
      '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "weight": 0.0}]}',
    ),
  );
  expect((talk as Demonstration).completion).toMatchObject([{}, { weight: 0 }]);
  const [judged] = await recordsOf(file('label.jsonl', '{"prompt": "a", "completion": "b", "label": 1.0}'));
  expect(judged).toMatchObject({ kind: 'judgment', label: true });
});

test('only whole floats are boxed', () => {
  const text = '{"a": 1, "b": 1.5, "c": 1e-1, "d": "2.0", "e": [2.0]}';
  const value = parseJson(text) as Readonly<Record<string, unknown>>;
  expect(JSON.stringify(value)).toBe('{"a":1,"b":1.5,"c":0.1,"d":"2.0","e":[2]}');
  expect([value.a, value.b, value.c, value.d].every((one) => plainNumber(one) === one)).toBe(true);
  expect(plainNumber((value.e as unknown[])[0])).toBe(2);
});
