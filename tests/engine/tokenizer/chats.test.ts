import { describe, expect, it } from 'vitest';
import type { DatasetFormat } from '#engine/dataset/dataset-format.ts';
import { toRecord } from '#engine/dataset/to-record.ts';
import type { Demonstration } from '#engine/records.ts';
import { tokenRowsOfDemonstration } from '#engine/tokenizer/rows/token-rows.ts';
import { readingSpecials } from '#engine/tokenizer/special-text.ts';
import { chats, chatTokenizer, type ExpectedChat } from './chats.ts';

const { templates, rows, expected } = chats;

const FORMAT = { type: 'language_modeling', form: 'conversational', columns: { messages: 'messages' } };

function recordOf(index: number): Demonstration {
  const row = { line: index + 1, fields: new Map(Object.entries(rows[index]!)) };
  const item = toRecord(row, FORMAT as unknown as DatasetFormat, 'rows.jsonl');
  if ('fault' in item) throw new Error(item.fault.why);
  return item.record as Demonstration;
}

const CASES = Object.keys(templates).flatMap((name) => rows.map((_, index) => [name, index] as const));

/** The parts of a text that its trained tokens spell, each run of tokens by itself. */
function trainedTexts({ ids, trained }: { ids: readonly number[]; trained: readonly boolean[] }, name: string) {
  const runs: number[][] = [];
  ids.forEach((id, index) => {
    if (trained[index] && !trained[index - 1]) runs.push([]);
    if (trained[index]) runs.at(-1)!.push(id);
  });
  return runs.map((run) => chatTokenizer(name).decode(run));
}

describe('every key of a row reaches the template, as in transformers', () => {
  it.each(CASES)('%s, row %i', (name, index) => {
    const tokenizer = chatTokenizer(name);
    const { completion, template } = recordOf(index);
    const { error, text, prompt, ids, parsed } = expected[name]![index]!;
    const messages = completion as never;
    if (error !== undefined) {
      const code = error === 'TemplateError' ? 'tokenizer.template_refused' : 'tokenizer.template_failed';
      expect(() => tokenizer.applyChatTemplate(messages, { template })).toThrow(expect.objectContaining({ code }));
      return;
    }
    const encoded = tokenizer.applyChatTemplate(messages, { template });
    expect([encoded.text, tokenizer.renderChat(messages, { template })]).toEqual([text, text]);
    expect(encoded.ids).toEqual(ids);
    expect(tokenizer.applyChatTemplate(messages, { template, allowSpecialText: true }).ids).toEqual(parsed);
    expect(tokenizer.renderChat(messages, { template, addGenerationPrompt: true })).toBe(prompt);
  });
});

/** Whether a turn is not weighted 0, and Python shows more of it than its end. */
function isWanted(
  name: string,
  index: number,
  [turn, start, end]: ExpectedChat['turns'][number],
  text = expected[name]![index]!.text,
): boolean {
  const { content, weight } = rows[index]!.messages[turn]!;
  const shown = text.slice(start ?? 0, end ?? 0).replace(/<\|im_end\|>|<\/?think>/g, '');
  return weight !== 0 && (!!content || shown.trim() !== '');
}

describe('assistant turns are trained where they stand unchanged', () => {
  it.each(CASES.filter(([name, index]) => expected[name]![index]!.error === undefined))('%s, row %i', (name, index) => {
    const { text, turns, assistant } = expected[name]![index]!;
    const [fitted] = tokenRowsOfDemonstration(chatTokenizer(name), recordOf(index));
    const { row, untrained } = fitted!;
    const wanted = turns.filter((turn) => isWanted(name, index, turn));
    expect(untrained!.weightless).toBe(
      rows[index]!.messages.filter((m) => m.weight === 0 && 'content' in m).length > 0 ? 1 : 0,
    );
    if (assistant !== undefined) {
      // transformers has no assistant for rows that spell special tokens as text.
      if (wanted.length === turns.length && assistant.length === row.ids.length)
        expect(row.trained.map(Number)).toEqual(assistant);
      return;
    }
    const standing = wanted.filter(([, start]) => start !== null);
    expect(trainedTexts(row, name)).toEqual(standing.map(([, start, end]) => text.slice(start!, end!)));
    expect(untrained!.changed).toBe(wanted.length - standing.length);
  });
});

/** Generation tags end before the line end that the template writes after a turn. */
const endOf = (name: string, text: string) => (name === 'marked' ? text.trimEnd() : text);

describe('with expand, every turn of a conversation that the template changes is a row', () => {
  it.each(CASES.filter(([name, index]) => expected[name]![index]!.error === undefined))('%s, row %i', (name, index) => {
    const { turns, prefixes } = expected[name]![index]!;
    const rows = tokenRowsOfDemonstration(chatTokenizer(name), recordOf(index), { multiTurn: 'expand' });
    if (turns.every(([, start]) => start !== null)) {
      expect(rows).toEqual(tokenRowsOfDemonstration(chatTokenizer(name), recordOf(index)));
      return;
    }
    const wanted = prefixes.filter(([turn, text, start]) => isWanted(name, index, [turn, start, text.length], text));
    const told = wanted.map(([, text, start]) => [text, start === null ? [] : [endOf(name, text.slice(start))]]);
    expect(rows.map(({ row }) => [chatTokenizer(name).decode(row.ids), trainedTexts(row, name)])).toEqual(told);
  });
});

describe('spelled-out special tokens in plain text', () => {
  it.each(chats.plain.map((row, index) => [index, row] as const))('row %i, as tokenizer(text) reads them', (_, row) => {
    for (const setting of ['text', 'parse'] as const) {
      const tokenizer = readingSpecials(chatTokenizer('chatml'), setting);
      const record = { kind: 'demonstration', ...row, origin: { file: '', line: 1 } } as const;
      const { row: made, promptLength } = tokenRowsOfDemonstration(tokenizer, record)[0]!;
      const [prompt, completion] = setting === 'text' ? row.text : row.parsed;
      expect(made.ids.slice(0, promptLength)).toEqual(prompt);
      const tail = made.ids.slice(promptLength);
      // The end token is added where the completion does not end with it; white space after it goes.
      const eos = tokenizer.eosTokenId;
      const ended = completion.includes(eos)
        ? completion.slice(0, completion.lastIndexOf(eos) + 1)
        : [...completion, eos];
      expect(tail).toEqual(ended);
    }
  });
});
