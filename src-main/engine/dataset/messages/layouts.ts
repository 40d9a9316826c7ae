import { openCell } from '../cell-json.ts';
import type { DatasetType, Layout } from '../dataset-format.ts';
import { parseJsonText } from '../readers/parse-json-row.ts';
import { DEFAULT_LIMITS, type RawRow } from '../readers/raw-rows.ts';
import { RowTrouble } from '../row-trouble.ts';

/** Columns of question and answer that mean nothing else. */
const PAIRS = [
  ['question', 'answer'],
  ['query', 'response'],
] as const;

function pairwise(names: ReadonlySet<string>): boolean {
  return names.has('chosen') && names.has('rejected');
}

const responses = (chosen: boolean, response: string | null) =>
  chosen ? ['responses = chosen, rejected'] : response === null ? [] : [`assistant = ${response}`];

/** ShareGPT's form: a list of turns, and a system prompt in a column of its own. */
function shareGpt(names: ReadonlySet<string>): Layout | null {
  if (!names.has('conversations')) return null;
  const isPair = pairwise(names);
  const system = names.has('system') ? ['system'] : [];
  const turns = isPair ? 'prompt' : 'turns';
  const first = system.length > 0 ? ['first turn = system'] : [];
  return {
    name: 'ShareGPT',
    type: isPair ? 'preference' : 'language_modeling',
    columns: ['conversations', ...system, ...(isPair ? ['chosen', 'rejected'] : [])],
    mapping: [...first, `${turns} = conversations`, ...responses(isPair, null)].join('; '),
  };
}

/** Alpaca's form. The prompt is joined as LLaMA-Factory joins it: instruction, line break, input. */
function alpaca(names: ReadonlySet<string>): Layout | null {
  if (!names.has('instruction')) return null;
  const isPair = pairwise(names);
  const response = ['output', 'response'].find((name) => names.has(name)) ?? null;
  const has = (name: string) => (names.has(name) ? [name] : []);
  const type: DatasetType = isPair ? 'preference' : response === null ? 'prompt_only' : 'prompt_completion';
  const reply = isPair ? ['chosen', 'rejected'] : response === null ? [] : [response];
  const mapping = [
    ...has('system').map(() => 'system = system'),
    ...has('history').map(() => 'earlier turns (not trained) = history'),
    names.has('input') ? 'user = instruction + line break + input' : 'user = instruction',
    ...responses(isPair, response),
  ];
  const columns = ['instruction', ...['input', 'system', 'history'].flatMap(has), ...reply];
  return { name: 'Alpaca', type, columns, mapping: mapping.join('; ') };
}

function questionAndAnswer(names: ReadonlySet<string>): Layout | null {
  const pair = PAIRS.find((columns) => columns.every((name) => names.has(name)));
  if (pair === undefined) return null;
  const mapping = `user = ${pair[0]}; assistant = ${pair[1]}`;
  return { name: 'question and answer', type: 'prompt_completion', columns: pair, mapping };
}

/** The common layout that a file's columns have, if they are not those of a TRL type; null if none. */
export function findLayout(names: ReadonlySet<string>): Layout | null {
  return shareGpt(names) ?? alpaca(names) ?? questionAndAnswer(names);
}

function textIn(row: RawRow, column: string): string {
  const value = row.fields.get(column) ?? '';
  if (typeof value === 'string') return value;
  throw new RowTrouble(`bad_${column}`, `has a value in ${column} that is not text`);
}

const turn = (role: string, content: unknown) => ({ role, content });

function systemTurns(row: RawRow, { columns }: Layout): unknown[] {
  const text = columns.includes('system') ? textIn(row, 'system') : '';
  return text === '' ? [] : [turn('system', text)];
}

/** A list in a column, also as JSON text; empty if the column has no value. */
function listIn(row: RawRow, column: string): readonly unknown[] {
  const value = row.fields.get(column) ?? [];
  if (value === '') return [];
  const parsed = typeof value === 'string' ? parseJsonText(value, DEFAULT_LIMITS) : { value };
  if ('value' in parsed && Array.isArray(parsed.value)) return parsed.value;
  const isText = typeof value === 'string';
  const why = isText
    ? 'text in it that is not a JSON list; write it with json.dumps'
    : 'a value in it that is not a list';
  throw new RowTrouble(`bad_${column}`, `has the column ${column} with ${why}`);
}

function historyTurns(row: RawRow): unknown[] {
  return listIn(row, 'history').flatMap((pair) => {
    if (Array.isArray(pair) && pair.length === 2) return [turn('user', pair[0]), turn('assistant', pair[1])];
    throw new RowTrouble('bad_history', 'has a history that is not a list of [question, answer] pairs');
  });
}

/**
 * A response as a list of one turn; a turn in ShareGPT's form stays as it is, and so does text that is, or should be, the
 * JSON of a list of turns. @param as the column of the TRL type that it is read as.
 */
function replyOf(row: RawRow, column: string, as: 'chosen' | 'rejected' | 'completion'): unknown {
  const value = row.fields.get(column);
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') return Array.isArray(value) ? value : [value];
  const cell = openCell(as, value);
  return 'value' in cell && cell.value === value ? [turn('assistant', value)] : value;
}

function questionOf(row: RawRow, column: string): string {
  const text = textIn(row, column);
  if (text.trim() === '') throw new RowTrouble('empty_prompt', `has an empty ${column}`);
  return text;
}

function promptOf(row: RawRow, layout: Layout): readonly unknown[] {
  if (layout.name === 'ShareGPT') return [...systemTurns(row, layout), ...listIn(row, 'conversations')];
  if (layout.name === 'question and answer') return [turn('user', questionOf(row, layout.columns[0] as string))];
  const parts = ['instruction', 'input'].map((column) => (layout.columns.includes(column) ? textIn(row, column) : ''));
  const user = parts.filter((text) => text !== '').join('\n');
  if (user.trim() === '') throw new RowTrouble('empty_prompt', 'has neither an instruction nor an input');
  const history = layout.columns.includes('history') ? historyTurns(row) : [];
  return [...systemTurns(row, layout), ...history, turn('user', user)];
}

/** A row of a common layout with the columns of its TRL type. Throws {@link RowTrouble}. */
export function canonicalRow(row: RawRow, layout: Layout): RawRow {
  const prompt = promptOf(row, layout);
  const fields = new Map(row.fields);
  if (layout.type === 'language_modeling') fields.set('messages', prompt);
  else fields.set('prompt', prompt);
  if (layout.type === 'preference') {
    for (const column of ['chosen', 'rejected'] as const) fields.set(column, replyOf(row, column, column));
  }
  if (layout.type === 'prompt_completion') {
    fields.set('completion', replyOf(row, layout.columns.at(-1) as string, 'completion'));
  }
  return { ...row, fields };
}
