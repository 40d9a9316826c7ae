import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { checkDataset } from '#engine/dataset/checks/check-dataset.ts';
import { loadTokenizer } from '#engine/tokenizer/files/load-tokenizer.ts';
import { recordRows } from '#engine/tokenizer/rows/record-rows.ts';
import type { Tokenizer } from '#engine/tokenizer/tokenizer.ts';
import { writeSmallTokenizer } from '../../../support/small-tokenizer.ts';
import { chatTokenizer } from '../../tokenizer/chats.ts';
import { useFiles } from '../files.ts';

const file = useFiles();
const user = (content: unknown, more: object = {}) => ({ role: 'user', content, ...more });
const assistant = (content: unknown, more: object = {}) => ({ role: 'assistant', content, ...more });
const CALL = { type: 'function', function: { name: 'tide', arguments: { port: 'Hel' } } };

/** The notes of a check, each as `kind name rows/count @line`, and the bad rows as `line: reason`. */
const check = (template: string, rows: readonly object[]) => checkWith(chatTokenizer(template), rows);

async function checkWith(tokenizer: Tokenizer, rows: readonly object[]) {
  const path = file('rows.jsonl', rows.map((row) => JSON.stringify(row)).join('\n'));
  const maker = recordRows(tokenizer);
  const report = await checkDataset(path, { tokens: { maker, vocabSize: 600, maxLength: null } });
  return {
    notes: report.notes.map(
      ({ kind, name, rows: n, count, firstLine }) => `${kind} ${name ?? '-'} ${n}/${count} @${firstLine}`,
    ),
    bad: report.rows.firstBad.map(({ line, reason }) => `${line}: ${reason}`),
    findings: report.findings,
    untrained: report.tokens?.rowsWithoutTrained,
  };
}

describe('whatever does not reach the template is named', () => {
  const rows = [
    { messages: [user('Hi', { name: 'Ola' }), assistant('Ho', { weight: 1 })], id: 7, source: 'web' },
    { messages: [user('Hi'), assistant('', { tool_calls: [CALL] })], tools: [CALL], score: null },
    { messages: [user('Hi'), assistant('Ho', { reasoning_content: 'well' })], chat_template_kwargs: { style: 'dry' } },
  ];

  it('with a template that reads text alone', async () => {
    expect((await check('chatml', rows)).notes).toEqual([
      'unused_column id 1/1 @1',
      'unused_column source 1/1 @1',
      'ignored_field name of user messages 1/1 @1',
      'ignored_field tool_calls of assistant messages 1/1 @2',
      'ignored_field tools 1/1 @2',
      'ignored_field reasoning_content of assistant messages 1/1 @3',
      'ignored_field chat_template_kwargs.style 1/1 @3',
      'empty_turn - 1/1 @2',
    ]);
  });

  it.each([
    ['tools', ['name of user messages', 'reasoning_content of assistant messages', 'chat_template_kwargs.style']],
    ['thinking', ['name of user messages', 'tool_calls of assistant messages', 'tools', 'chat_template_kwargs.style']],
    ['late-tools', ['name of user messages', 'reasoning_content of assistant messages']],
  ])('with a template for %s', async (template, ignored) => {
    const { notes } = await check(template, rows);
    expect(notes.filter((note) => note.startsWith('ignored'))).toEqual(
      ignored.map((name) => expect.stringContaining(`ignored_field ${name} 1/1`)),
    );
  });

  it('columns beside plain text, tools included', async () => {
    const { notes } = await check('tools', [{ prompt: 'a', completion: 'b', tools: [CALL], weight: 2 }]);
    expect(notes).toEqual(['unused_column tools 1/1 @1', 'unused_column weight 1/1 @1']);
  });
});

describe('turns that are not trained', () => {
  it('empty ones and those of weight 0 are counted', async () => {
    const { notes, untrained, findings } = await check('chatml', [
      { messages: [user('Hi'), assistant('')] },
      { messages: [user('Hi'), assistant(' \n'), user('Oh?'), assistant('Ho')] },
      { messages: [user('Hi'), assistant('Ho', { weight: 0 }), user('Oh?'), assistant('No', { weight: 1 })] },
    ]);
    expect([notes, untrained]).toEqual([['empty_turn - 2/2 @1', 'weight_zero - 1/1 @3'], 1]);
    expect(findings.map(({ why }) => why)).toContain(
      '2 assistant turns in 2 rows (first in line 1) are empty and not trained.',
    );
  });

  it('those that a template shows differently later', async () => {
    const { notes } = await check('thinking', [
      { messages: [user('3 * 4?'), assistant('12'), user('Sure?'), assistant('Yes')] },
    ]);
    expect(notes).toEqual(['changed_turn - 1/1 @1']);
  });
});

it('a bad turn is a row’s error', async () => {
  const { bad } = await check('chatml', [
    { messages: [user([{ type: 'image_url', image_url: { url: 'x' } }]), assistant('a')] },
    { messages: [user('a'), assistant('b', { weight: 0.5 })] },
    { messages: [user(null), assistant('b')] },
    { messages: [user({ text: 'a' }), assistant('b')] },
    { messages: [user('a'), assistant(null, { tool_calls: [CALL] })] },
    { messages: [user('a'), assistant('b')], tools: 'look it up' },
    { messages: [{ content: 'a' }, assistant('b')] },
    { messages: [user('a'), assistant('b')] },
  ]);
  expect(bad).toEqual([
    '1: not_text',
    '2: bad_weight',
    '3: bad_message',
    '4: bad_message',
    '5: tokenizer.template_failed',
    '6: bad_tools',
    '7: bad_message',
  ]);
});

it('text that spells special tokens is counted by token', async () => {
  const { notes } = await check('chatml', [
    { messages: [user('Hi'), assistant('Ho')] },
    { messages: [user('<|im_end|> <|im_end|>'), assistant('<|endoftext|>')] },
    { messages: [user('Hi <|im_end|>'), assistant('Ho')] },
  ]);
  expect(notes).toEqual(['spelled_special <|im_end|> 2/3 @2', 'spelled_special <|endoftext|> 1/1 @2']);
});

it('joined parts are noted where the template reads text only', async () => {
  const rows = [{ messages: [user([{ type: 'text', text: 'a' }]), assistant([{ type: 'text', text: 'b' }])] }];
  expect((await check('chatml', rows)).notes).toEqual(['joined_parts - 1/1 @1']);
  expect((await check('parts', rows)).notes).toEqual([]);
});

describe("a template that asks for today's date", () => {
  const folders: string[] = [];
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true });
  });
  const rows = [{ messages: [user('Hi'), assistant('Ho')] }];

  it.each([
    ['{% if strftime_now is defined %}{{ strftime_now("%Y") }}{% endif %}', true],
    ["{{ 'strftime_now' }}{# strftime_now() #}", false],
  ])('%s', async (head, asks) => {
    const chatTemplate = `${head}{% for m in messages %}{{ m.content }}</s>{% endfor %}`;
    const folder = writeSmallTokenizer({ added: ['<pad>', '</s>'], eos: '</s>', pad: '<pad>', chatTemplate });
    folders.push(folder);
    const { notes, findings } = await checkWith(loadTokenizer(folder), rows);
    expect(notes).toEqual(asks ? ['no_date - 1/1 @1'] : []);
    expect(findings.some(({ why }) => why.includes('strftime_now'))).toBe(asks);
  });
});
