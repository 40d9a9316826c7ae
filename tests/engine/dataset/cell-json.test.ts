import { describe, expect, it } from 'vitest';
import { openCell } from '#engine/dataset/cell-json.ts';
import { readLabel } from '#engine/dataset/read-label.ts';
import { readRecords } from '#engine/dataset/readers/read-records.ts';
import { useFiles } from './files.ts';

const file = useFiles();
const TURNS = [
  { role: 'user', content: 'Which way?' },
  { role: 'assistant', content: 'Say "left",\nthen right' },
];
const JSON_TEXT = JSON.stringify(TURNS);
// What Python's str() prints for a list of turns.
const PYTHON_TEXT = `[{'role': 'user', 'content': 'Which way?'}]`;

async function read(name: string, content: string) {
  const { format, items } = await readRecords(file(name, content));
  const records: unknown[] = [];
  for await (const item of items) {
    if ('fault' in item) records.push(`${item.fault.line}: ${item.fault.reason}: ${item.fault.why}`);
    else records.push((({ origin: _, ...rest }) => rest)(item.record));
  }
  return { form: format.form, records };
}

const quote = (cell: string) => `"${cell.replaceAll('"', '""')}"`;

describe('conversations in cells', () => {
  it('are read from JSON text; Python text is a bad row, not a text to train on', async () => {
    const rows = ['messages', JSON_TEXT, PYTHON_TEXT, `  ${JSON_TEXT}`, '[{"role": "user", "content": "cut'];
    const { form, records } = await read('a.csv', rows.map(quote).join('\n'));
    const record = { kind: 'demonstration', prompt: null, completion: TURNS };
    expect(form).toBe('conversational');
    expect(records).toEqual([
      record,
      expect.stringMatching(/^3: bad_messages: .*not valid JSON.*json\.dumps$/),
      record,
      expect.stringMatching(/^5: bad_messages/),
    ]);
    expect(JSON.stringify(records[1])).not.toContain('Which way');
  });

  it('in ShareGPT columns are refused with the same remedy', async () => {
    const turns = JSON.stringify([
      { from: 'human', value: 'Hi' },
      { from: 'gpt', value: 'Hello' },
    ]);
    const rows = ['conversations', turns, `[{'from': 'human', 'value': 'Hi'}]`];
    const { records } = await read('a.csv', rows.map(quote).join('\n'));
    expect(records[1]).toMatch(/^3: bad_conversations: .*json\.dumps$/);
  });

  it('are read in every column of a comparison, also in JSON lines', async () => {
    const replies = ['Left.', 'Right.'].map((content) => [{ role: 'assistant', content }]);
    const [chosen, rejected] = replies.map((turns) => JSON.stringify(turns));
    const prompt = JSON.stringify(TURNS.slice(0, 1));
    const { records } = await read('a.jsonl', JSON.stringify({ prompt, chosen, rejected }));
    expect(records).toEqual([
      { kind: 'comparison', prompt: TURNS.slice(0, 1), chosen: replies[0], rejected: replies[1] },
    ]);
  });

  it.each([
    ['prompt', '[1, 2] is a list. Sort it.'],
    ['prompt', '[1, 2]'],
    ['completion', '[{"role": "admin"}, {"name": "x"}]'],
    ['completion', '[]'],
    ['prompt', '[{"role": "admin"}]'],
    ['text', JSON_TEXT],
    ['text', PYTHON_TEXT],
  ] as const)('a %s that only starts with a bracket stays text: %s', (column, text) => {
    expect(openCell(column, text)).toEqual({ value: text });
  });

  it.each([
    ['ShareGPT', 'messages', '[{"from": "human", "value": "Hi"}]', [{ from: 'human', value: 'Hi' }]],
    ['an empty list', 'messages', ' []', []],
    [
      'a turn without text',
      'prompt',
      '[{"role":"user","content":"a"},{"role":"assistant","tool_calls":[]}]',
      undefined,
    ],
  ] as const)('%s is parsed', (_name, column, text, list) => {
    expect(openCell(column, text)).toEqual({ value: list ?? JSON.parse(text) });
  });

  it.each([
    ['messages', '[1, 2'],
    ['chosen', `array([{'role': 'user', 'content': 'a'}], dtype=object)`],
    ['prompt', `[{'from': 'human', 'value': 'a'}]`],
    ['prompt', `[{"role": "user", "content": ${'['.repeat(100)}${']'.repeat(100)}}]`],
  ] as const)('a %s that fails to be a list of messages is refused: %s', (column, text) => {
    expect(openCell(column, text)).toHaveProperty('why', expect.stringContaining('json.dumps'));
  });
});

it('half of a surrogate pair is a bad row, also in a list of messages', async () => {
  const rows = ['"\\ud83d\\ude00"', '"cut \\ud83d"', '[{"role": "user", "content": "\\ude00"}]', '"\\\\ud83d"'];
  const { records } = await read('a.jsonl', rows.map((prompt) => `{"prompt": ${prompt}}`).join('\n'));
  const bad = (line: number) => expect.stringMatching(`^${line}: bad_prompt: has half of a UTF-16 surrogate pair`);
  expect(records).toEqual([{ kind: 'prompt', prompt: '😀' }, bad(2), bad(3), { kind: 'prompt', prompt: '\\ud83d' }]);
});

describe('runs of earlier versions', () => {
  it('keep their texts and their labels', async () => {
    const texts = file('a.jsonl', JSON.stringify({ messages: JSON_TEXT }));
    const former = await readRecords(texts, { asFormerly: true });
    expect((await former.items.next()).value).toMatchObject({ record: { completion: JSON_TEXT } });
    expect([true, 'True', 0, '0'].map((value) => readLabel(value, true))).toEqual([true, true, false, false]);
    expect(['TRUE', 'yes', '1.0', 'no', null].map((value) => readLabel(value, true))).toEqual([
      null,
      null,
      null,
      null,
      null,
    ]);
  });
});

describe('labels', () => {
  const labels = async (cells: readonly unknown[]) => {
    const rows = cells.map((label) => JSON.stringify({ prompt: 'a', completion: 'b', label }));
    const { records } = await read('a.jsonl', rows.join('\n'));
    return records.map((record) => (typeof record === 'string' ? null : (record as { label: boolean }).label));
  };

  it('are read as people and programs write them', async () => {
    const yes = [true, 1, 'TRUE', 'True', 'true', '1', '1.0', '1.', 'yes', 'Y', 't', 'on', ' Yes '];
    const no = [false, 0, 'FALSE', 'False', 'false', '0', '0.0', 'no', 'N', 'f', 'off', 'No\n'];
    expect(await labels(yes)).toEqual(yes.map(() => true));
    expect(await labels(no)).toEqual(no.map(() => false));
  });

  it('are refused if they could mean either', async () => {
    const cells = [null, '', 2, -1, 0.5, '10', '1e0', 'maybe', 'good', '+', 'none', [true], { label: 1 }];
    expect(await labels(cells)).toEqual(cells.map(() => null));
  });
});
