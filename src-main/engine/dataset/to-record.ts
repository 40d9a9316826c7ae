import { saysNothing } from '../message-text.ts';
import type { DataRecord, Message, RecordOrigin, Text } from '../records.ts';
import { openCell } from './cell-json.ts';
import type { Column, DatasetFormat } from './dataset-format.ts';
import { exactText } from './duplicates/record-parts.ts';
import { canonicalRow } from './messages/layouts.ts';
import { TEMPLATE_COLUMNS, templateInputs } from './messages/template-inputs.ts';
import { toFormerMessage, toMessage } from './messages/to-message.ts';
import { splitCommonStart, splitRawDialogs } from './raw-dialogs.ts';
import { LABEL_FORMS, readLabel } from './read-label.ts';
import type { RawRow, RowFault } from './readers/raw-rows.ts';
import { RowTrouble } from './row-trouble.ts';

export type RecordItem =
  /** `unused`: names of the row's columns that have a value and are not used. */
  { readonly record: DataRecord; readonly unused: readonly string[] } | { readonly fault: RowFault };

/** How the turns of a row are read: completely, or as earlier versions did. */
export interface RecordReading {
  readonly asFormerly?: boolean;
}

function toText(value: unknown, column: string, { asFormerly }: RecordReading): Text {
  if (typeof value === 'string') {
    if (value.trim() === '') throw new RowTrouble(`empty_${column}`, `has an empty ${column}`);
    return value;
  }
  if (value === undefined || value === null) throw new RowTrouble(`missing_${column}`, `has no ${column}`);
  if (!Array.isArray(value)) throw new RowTrouble(`bad_${column}`, `has a ${column} that is neither text nor messages`);
  if (value.length === 0) throw new RowTrouble(`empty_${column}`, `has an empty ${column}`);
  const read = asFormerly ? toFormerMessage : toMessage;
  return value.map((turn, index) => read(turn, column, index));
}

function toLabel(value: unknown, { asFormerly = false }: RecordReading): boolean {
  const label = readLabel(value, asFormerly);
  if (label !== null) return label;
  throw new RowTrouble('bad_label', `has a label that is neither true nor false (Keel reads ${LABEL_FORMS})`);
}

function needOneForm(texts: readonly Text[]): void {
  const strings = texts.filter((text) => typeof text === 'string').length;
  if (strings !== 0 && strings !== texts.length) throw new RowTrouble('mixed_forms', 'mixes plain text and messages');
}

type Pair = { readonly prompt: Text; readonly chosen: Text; readonly rejected: Text };

/** Whether two turns are equal, whatever the order of role and content. */
const isSame = (a: Message, b: Message) => exactText([a]) === exactText([b]);

function splitConversations(chosen: readonly Message[], rejected: readonly Message[]): Pair {
  let shared = 0;
  const shorter = Math.min(chosen.length, rejected.length);
  while (shared < shorter && isSame(chosen[shared]!, rejected[shared]!)) shared++;
  return { prompt: chosen.slice(0, shared), chosen: chosen.slice(shared), rejected: rejected.slice(shared) };
}

function splitPair(chosen: Text, rejected: Text, rawDialogs: boolean): Pair {
  if (typeof chosen === 'string' && typeof rejected === 'string') {
    const pair = rawDialogs ? splitRawDialogs(chosen, rejected) : splitCommonStart(chosen, rejected);
    if (pair === null) throw new RowTrouble('no_common_prompt', 'has two dialogs that do not share a prompt');
    return pair;
  }
  return splitConversations(chosen as readonly Message[], rejected as readonly Message[]);
}

/** Whether a response has nothing to train on. Earlier versions trained on the end of an empty turn. */
function isEmptyReply(reply: Text, { asFormerly }: RecordReading): boolean {
  if (typeof reply === 'string') return reply.trim() === '';
  return reply.every((turn) => !asFormerly && saysNothing(turn));
}

function toComparison(
  text: (column: Column) => Text,
  format: DatasetFormat,
  origin: RecordOrigin,
  reading: RecordReading,
): DataRecord {
  const chosen = text('chosen');
  const rejected = text('rejected');
  needOneForm([chosen, rejected]);
  if (exactText(chosen) === exactText(rejected))
    throw new RowTrouble('chosen_is_rejected', 'has the same text as chosen and rejected');
  const pair: Pair =
    format.type === 'preference'
      ? { prompt: text('prompt'), chosen, rejected }
      : splitPair(chosen, rejected, format.rawDialogs);
  needOneForm([pair.prompt, chosen]);
  for (const name of ['chosen', 'rejected'] as const) {
    if (isEmptyReply(pair[name], reading)) throw new RowTrouble(`empty_${name}`, `has an empty ${name} response`);
  }
  if (pair.prompt.length === 0) throw new RowTrouble('empty_prompt', 'has texts that do not share a prompt');
  return { kind: 'comparison', ...pair, origin };
}

/** Columns that give the right answer to a prompt; the first one that has a value counts. */
const ANSWER_COLUMNS = ['answer', 'solution'] as const;

/** The right answer of a row: text, or a number or truth value as it is written in JSON. */
function answerOf({ fields }: RawRow): { readonly answer?: string } {
  const given = ANSWER_COLUMNS.map((name) => fields.get(name)).find((value) => value !== undefined && value !== null);
  const isPlain = typeof given === 'string' || typeof given === 'number' || typeof given === 'boolean';
  return isPlain || typeof given === 'bigint' ? { answer: String(given) } : {};
}

function convert(row: RawRow, format: DatasetFormat, origin: RecordOrigin, reading: RecordReading): DataRecord {
  const value = (column: Column) => {
    const stored = row.fields.get(format.columns[column] ?? column);
    const cell = reading.asFormerly ? { value: stored } : openCell(column, stored);
    if ('why' in cell) throw new RowTrouble(`bad_${column}`, cell.why);
    return cell.value;
  };
  const text = (column: Column) => toText(value(column), column, reading);
  switch (format.type) {
    case 'language_modeling': {
      const isText = format.columns.messages === undefined && format.layout === undefined;
      const column = isText ? 'text' : 'messages';
      return { kind: 'demonstration', prompt: null, completion: text(column), origin };
    }
    case 'prompt_only':
      return { kind: 'prompt', prompt: text('prompt'), ...answerOf(row), origin };
    case 'prompt_completion':
    case 'unpaired_preference': {
      const parts = { prompt: text('prompt'), completion: text('completion') };
      needOneForm([parts.prompt, parts.completion]);
      if (isEmptyReply(parts.completion, reading)) throw new RowTrouble('empty_completion', 'has an empty completion');
      if (format.type === 'prompt_completion') return { kind: 'demonstration', ...parts, origin };
      return { kind: 'judgment', ...parts, label: toLabel(value('label'), reading), origin };
    }
    default:
      return toComparison(text, format, origin, reading);
  }
}

function isConversation(record: DataRecord): boolean {
  return Array.isArray(record.prompt) || (record.kind === 'demonstration' && Array.isArray(record.completion));
}

/** A conversation with what its template receives besides the messages. */
function withTemplate(record: DataRecord, row: RawRow, { asFormerly }: RecordReading): DataRecord {
  const template = asFormerly || !isConversation(record) ? null : templateInputs(row);
  return template === null ? record : { ...record, template };
}

function unusedColumns(row: RawRow, format: DatasetFormat, record: DataRecord): string[] {
  const used = new Set<string>([...Object.values(format.columns), ...(format.layout?.columns ?? [])]);
  if (isConversation(record)) for (const column of TEMPLATE_COLUMNS) used.add(column);
  if (record.kind === 'prompt' && record.answer !== undefined) for (const column of ANSWER_COLUMNS) used.add(column);
  return [...row.fields]
    .filter(([name, value]) => !used.has(name) && value !== null && value !== '')
    .map(([name]) => name);
}

/** Converts a raw row to a record of the file's type, or to the reason why it cannot be used. */
export function toRecord(row: RawRow, format: DatasetFormat, file: string, reading: RecordReading = {}): RecordItem {
  try {
    const own = format.layout === undefined ? row : canonicalRow(row, format.layout);
    const record = withTemplate(convert(own, format, { file, line: row.line }, reading), row, reading);
    return { record, unused: unusedColumns(row, format, record) };
  } catch (trouble) {
    if (!(trouble instanceof RowTrouble)) throw trouble;
    return { fault: { line: row.line, reason: trouble.reason, why: trouble.message } };
  }
}
