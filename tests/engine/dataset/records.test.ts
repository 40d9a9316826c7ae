import { describe, expect, it } from 'vitest';
import type { ColumnMapping } from '#engine/dataset/dataset-format.ts';
import { splitCommonStart, splitRawDialogs } from '#engine/dataset/raw-dialogs.ts';
import { readRecords } from '#engine/dataset/readers/read-records.ts';
import { useFiles } from './files.ts';

const file = useFiles();

async function read(rows: readonly object[], columns: ColumnMapping = {}) {
  const path = file('rows.jsonl', rows.map((row) => JSON.stringify(row)).join('\n'));
  const { format, items } = await readRecords(path, { columns });
  const records: unknown[] = [];
  for await (const item of items) {
    if ('fault' in item) records.push(`${item.fault.line}: ${item.fault.reason}`);
    else records.push((({ origin: _, ...rest }) => rest)(item.record));
  }
  return { type: format.type, form: format.form, rawDialogs: format.rawDialogs, columns: format.columns, records };
}

const turns = (...contents: string[]) =>
  contents.map((content, i) => ({ role: i % 2 === 0 ? 'user' : 'assistant', content }));

describe('types', () => {
  it.each([
    ['language_modeling', 'standard', { text: 'a' }, { kind: 'demonstration', prompt: null, completion: 'a' }],
    [
      'language_modeling',
      'conversational',
      { messages: turns('a', 'b') },
      { kind: 'demonstration', prompt: null, completion: turns('a', 'b') },
    ],
    ['prompt_only', 'standard', { prompt: 'a' }, { kind: 'prompt', prompt: 'a' }],
    ['prompt_only', 'conversational', { prompt: turns('a') }, { kind: 'prompt', prompt: turns('a') }],
    ['prompt_only', 'standard', { prompt: '3+4=', answer: 7 }, { kind: 'prompt', prompt: '3+4=', answer: '7' }],
    ['prompt_only', 'standard', { prompt: 'a', solution: 'b' }, { kind: 'prompt', prompt: 'a', answer: 'b' }],
    [
      'prompt_completion',
      'standard',
      { prompt: 'a', completion: 'b' },
      { kind: 'demonstration', prompt: 'a', completion: 'b' },
    ],
    [
      'preference',
      'standard',
      { prompt: 'a', chosen: 'b', rejected: 'c' },
      { kind: 'comparison', prompt: 'a', chosen: 'b', rejected: 'c' },
    ],
    [
      'preference_implicit_prompt',
      'standard',
      { chosen: 'Why? Because so.', rejected: 'Why? Because not.' },
      { kind: 'comparison', prompt: 'Why? Because', chosen: ' so.', rejected: ' not.' },
    ],
    [
      'preference_implicit_prompt',
      'conversational',
      { chosen: turns('a', 'b'), rejected: turns('a', 'c') },
      { kind: 'comparison', prompt: turns('a'), chosen: [turns('a', 'b')[1]], rejected: [turns('a', 'c')[1]] },
    ],
    [
      'unpaired_preference',
      'standard',
      { prompt: 'a', completion: 'b', label: true },
      { kind: 'judgment', prompt: 'a', completion: 'b', label: true },
    ],
  ])('%s, %s', async (type, form, row, record) => {
    expect(await read([row, row])).toMatchObject({ type, form, rawDialogs: false, records: [record, record] });
  });

  it('finds the prompt of raw dialogs', async () => {
    const prompt = '\n\nHuman: a?\n\nAssistant: b\n\nHuman: c?\n\nAssistant:';
    const { rawDialogs, records } = await read([{ chosen: `${prompt} yes`, rejected: `${prompt} no` }]);
    expect([rawDialogs, records]).toEqual([true, [{ kind: 'comparison', prompt, chosen: ' yes', rejected: ' no' }]]);
  });

  it('maps columns that are called differently', async () => {
    const row = { question: 'a', answer: 'b', text: 'c' };
    expect(await read([row], { prompt: 'question', completion: 'answer' })).toMatchObject({
      type: 'prompt_completion',
      columns: { prompt: 'question', completion: 'answer' },
      records: [{ kind: 'demonstration', prompt: 'a', completion: 'b' }],
    });
  });

  it('refuses columns without a meaning, a mapping to nothing and an empty file', async () => {
    await expect(read([{ question: 'a' }])).rejects.toThrow(
      expect.objectContaining({ code: 'dataset.unknown_columns' }),
    );
    await expect(read([{ text: 'a' }], { prompt: 'q' })).rejects.toThrow(
      expect.objectContaining({ code: 'dataset.missing_column' }),
    );
    await expect(read([])).rejects.toThrow(expect.objectContaining({ code: 'dataset.empty' }));
  });
});

describe('bad rows', () => {
  it('of comparisons', async () => {
    const good = { prompt: 'a', chosen: 'b', rejected: 'c' };
    const { records } = await read([
      good,
      { ...good, chosen: 'c' },
      { ...good, chosen: ' ' },
      { prompt: 'a', chosen: 'b' },
      { ...good, prompt: 7 },
      { ...good, rejected: turns('x') },
      { ...good, rejected: [{ role: 'user' }] },
    ]);
    expect(records.slice(1)).toEqual([
      '2: chosen_is_rejected',
      '3: empty_chosen',
      '4: missing_rejected',
      '5: bad_prompt',
      '6: mixed_forms',
      '7: bad_message',
    ]);
  });

  it('of judgments and prompts without a common start', async () => {
    const row = { prompt: 'a', completion: 'b' };
    const { records } = await read([1, 0, 'true', 2, 'maybe', null].map((label) => ({ ...row, label })));
    expect(
      records.map((record) => (typeof record === 'string' ? record : (record as { label: boolean }).label)),
    ).toEqual([true, false, true, '4: bad_label', '5: bad_label', '6: bad_label']);
    expect((await read([{ chosen: 'a b', rejected: 'c d' }])).records).toEqual(['1: empty_prompt']);
    expect((await read([{ chosen: 'a b', rejected: 'a b c' }])).records).toEqual(['1: empty_chosen']);
  });
});

describe('prompts of pairs', () => {
  it('of dialogs where one runs a turn further end at the last shared answer', () => {
    const shared = '\n\nHuman: a\n\nAssistant:';
    expect(splitRawDialogs(`${shared} b\n\nHuman: c\n\nAssistant: d`, `${shared} e`)).toEqual({
      prompt: shared,
      chosen: ' b\n\nHuman: c\n\nAssistant: d',
      rejected: ' e',
    });
    expect(splitRawDialogs('\n\nHuman: a\n\nAssistant: b', '\n\nHuman: x\n\nAssistant: b')).toBeNull();
  });

  it('of messages are shared whatever the order of their keys, as dicts are equal in Python', async () => {
    const [ask, reply] = [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b' },
    ];
    const turned = (turn: typeof ask) => ({ content: turn.content, role: turn.role });
    const { records } = await read([
      { chosen: [ask, reply], rejected: [turned(ask), { ...turned(reply), content: 'c' }] },
      { chosen: [ask, reply], rejected: [turned(ask), turned(reply)] },
    ]);
    const rejected = [{ role: 'assistant', content: 'c' }];
    expect(records).toEqual([
      { kind: 'comparison', prompt: [ask], chosen: [reply], rejected },
      '2: chosen_is_rejected',
    ]);
  });

  it('never cut a character in two', () => {
    const { prompt, chosen } = splitCommonStart('x😀', 'x😁');
    expect([prompt, chosen]).toEqual(['x', '😀']);
  });
});
