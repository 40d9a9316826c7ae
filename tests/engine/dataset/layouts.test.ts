import { describe, expect, it } from 'vitest';
import { checkDataset } from '#engine/dataset/checks/check-dataset.ts';
import type { ColumnMapping } from '#engine/dataset/dataset-format.ts';
import { readRecords } from '#engine/dataset/readers/read-records.ts';
import { useFiles } from './files.ts';

const file = useFiles();

async function read(rows: readonly object[], columns: ColumnMapping = {}, asFormerly = false) {
  const path = file('rows.jsonl', rows.map((row) => JSON.stringify(row)).join('\n'));
  const { format, items } = await readRecords(path, { columns, asFormerly });
  const records: unknown[] = [];
  for await (const item of items) {
    if ('fault' in item) records.push(`${item.fault.line}: ${item.fault.reason}`);
    else records.push((({ origin: _, ...rest }) => rest)(item.record));
  }
  return { type: format.type, mapping: format.layout?.mapping, records };
}

const user = (content: string) => ({ role: 'user', content });
const assistant = (content: string) => ({ role: 'assistant', content });
const from = (name: string, value: unknown, more: object = {}) => ({ from: name, value, ...more });

// The roles, the joined prompt, and the calls are those of LLaMA-Factory's converters for its formats "sharegpt" and
// "alpaca", worked out by hand from its documentation.
describe('ShareGPT', () => {
  it('turns, a system prompt in a column, tools, calls, and results', async () => {
    const call = { name: 'tide', arguments: { port: 'Hel' } };
    const rows = [
      { conversations: [from('human', 'Hi'), from('gpt', 'Ho')], system: 'Be brief.' },
      {
        conversations: [
          from('system', 'Be kind.'),
          from('human', 'When?'),
          from('function_call', JSON.stringify(call)),
          from('observation', '14:20'),
          from('gpt', 'At 14:20.', { weight: 0 }),
        ],
        tools: '[{"name": "tide"}]',
        system: '',
      },
    ];
    expect(await read(rows)).toEqual({
      type: 'language_modeling',
      mapping: 'first turn = system; turns = conversations',
      records: [
        {
          kind: 'demonstration',
          prompt: null,
          completion: [{ role: 'system', content: 'Be brief.' }, user('Hi'), assistant('Ho')],
        },
        {
          kind: 'demonstration',
          prompt: null,
          completion: [
            { role: 'system', content: 'Be kind.' },
            user('When?'),
            { role: 'assistant', content: '', tool_calls: [{ type: 'function', function: call }] },
            { role: 'tool', content: '14:20' },
            { ...assistant('At 14:20.'), weight: 0 },
          ],
          template: { tools: [{ name: 'tide' }] },
        },
      ],
    });
  });

  it('pairs, {role, content} turns, JSON text, and a column of another name', async () => {
    const talk = [from('human', 'Hi')];
    const pair = { conversations: talk, chosen: from('gpt', 'Ho'), rejected: from('gpt', 'No') };
    expect(await read([pair])).toEqual({
      type: 'preference',
      mapping: 'prompt = conversations; responses = chosen, rejected',
      records: [{ kind: 'comparison', prompt: [user('Hi')], chosen: [assistant('Ho')], rejected: [assistant('No')] }],
    });
    const turns = [user('Hi'), assistant('Ho')];
    const text = { conversations: JSON.stringify([from('user', 'Hi'), from('assistant', 'Ho')]) };
    const record = { kind: 'demonstration', prompt: null, completion: turns };
    expect((await read([{ conversations: turns }, text])).records).toEqual([record, record]);
    const named = await read([{ talk: [from('human', 'Hi'), from('gpt', 'Ho')] }], { messages: 'talk' });
    expect(named.records).toEqual([record]);
  });

  it('a speaker that is not known and a call that is not JSON are bad rows', async () => {
    const rows = ['narrator', 'function_call', 'Function_Call', 'HUMAN'].map((name) => from(name, 'tide(Hel)'));
    const { records } = await read(rows.map((turn) => ({ conversations: [turn, from('GPT', 'Ho')] })));
    expect(records).toEqual([
      '1: unknown_speaker',
      '2: bad_tool_call',
      '3: bad_tool_call',
      { kind: 'demonstration', prompt: null, completion: [user('tide(Hel)'), assistant('Ho')] },
    ]);
  });

  it('responses of pairs as JSON text are turns, too', async () => {
    const conversations = JSON.stringify([from('human', 'Hi')]);
    const [chosen, rejected] = ['Ho', 'No'].map((reply) => JSON.stringify([from('gpt', reply)]));
    const rows = [
      { conversations, chosen, rejected },
      { conversations, chosen, rejected: `[{'from': 'gpt', 'value': 'No'}]` },
    ];
    expect((await read(rows)).records).toEqual([
      { kind: 'comparison', prompt: [user('Hi')], chosen: [assistant('Ho')], rejected: [assistant('No')] },
      '2: bad_rejected',
    ]);
  });
});

describe('Alpaca', () => {
  it('instruction, input, output, system, and history', async () => {
    const rows = [
      { instruction: 'Translate.', input: 'Haus', output: 'house', system: 'Be brief.', history: [['Hi', 'Ho']] },
      { instruction: 'Say hi.', input: '', output: 'Hi', system: null, history: [] },
      { instruction: 'Say hi.', input: '', output: '' },
      { instruction: '', input: '', output: 'Hi' },
      { instruction: 'Say hi.', output: 'Hi', history: [['Hi']] },
    ];
    expect(await read(rows)).toEqual({
      type: 'prompt_completion',
      mapping:
        'system = system; earlier turns (not trained) = history; user = instruction + line break + input; assistant = output',
      records: [
        {
          kind: 'demonstration',
          prompt: [{ role: 'system', content: 'Be brief.' }, user('Hi'), assistant('Ho'), user('Translate.\nHaus')],
          completion: [assistant('house')],
        },
        { kind: 'demonstration', prompt: [user('Say hi.')], completion: [assistant('Hi')] },
        '3: missing_completion',
        '4: empty_prompt',
        '5: bad_history',
      ],
    });
  });

  it('pairs, prompts alone, and columns of question and answer', async () => {
    const pair = await read([{ instruction: 'Say hi.', input: '', chosen: 'Hi', rejected: 'No' }]);
    expect(pair.records).toEqual([
      { kind: 'comparison', prompt: [user('Say hi.')], chosen: [assistant('Hi')], rejected: [assistant('No')] },
    ]);
    expect(await read([{ instruction: 'Say hi.' }])).toMatchObject({
      type: 'prompt_only',
      mapping: 'user = instruction',
    });
    const answers = await read([
      { question: '2+2?', answer: '4' },
      { question: ' ', answer: '4' },
    ]);
    expect(answers).toEqual({
      type: 'prompt_completion',
      mapping: 'user = question; assistant = answer',
      records: [{ kind: 'demonstration', prompt: [user('2+2?')], completion: [assistant('4')] }, '2: empty_prompt'],
    });
    expect((await read([{ query: 'a', response: 'b' }])).mapping).toBe('user = query; assistant = response');
  });
});

describe('what has precedence', () => {
  it('the columns of a TRL type, a mapping, and the reading of earlier versions', async () => {
    const alpaca = { instruction: 'Say hi.', output: 'Hi' };
    expect((await read([{ ...alpaca, text: 'a' }])).type).toBe('language_modeling');
    expect((await read([alpaca], { prompt: 'instruction', completion: 'output' })).records).toEqual([
      { kind: 'demonstration', prompt: 'Say hi.', completion: 'Hi' },
    ]);
    await expect(read([alpaca], {}, true)).rejects.toMatchObject({ code: 'dataset.unknown_columns' });
  });

  it('a check shows the mapping and the columns beside it', async () => {
    const path = file('a.jsonl', JSON.stringify({ instruction: 'Say hi.', input: '', output: 'Hi', id: 1 }));
    const { format, notes } = await checkDataset(path);
    expect(format.layout).toEqual({
      name: 'Alpaca',
      type: 'prompt_completion',
      columns: ['instruction', 'input', 'output'],
      mapping: 'user = instruction + line break + input; assistant = output',
    });
    expect(notes.map(({ name }) => name)).toEqual(['id']);
  });
});
