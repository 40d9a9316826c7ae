import type { DataRecord, Text } from '../../records.ts';
import { hashText } from '../seeded-order.ts';

/** What decides whether two records are duplicates: the prompt, the responses, and what must be equal. */
export interface RecordParts {
  readonly prompt: Text;
  readonly replies: readonly Text[];
  /** Kind of the record and its label: records that differ here are never duplicates. */
  readonly kind: string;
}

/** The parts of a record. A language-modeling record has no prompt: its text decides what belongs together. */
export function partsOf(record: DataRecord): RecordParts {
  switch (record.kind) {
    case 'prompt':
      return { prompt: record.prompt, replies: [], kind: record.kind };
    case 'comparison':
      return { prompt: record.prompt, replies: [record.chosen, record.rejected], kind: record.kind };
    case 'demonstration':
      return record.prompt === null
        ? { prompt: record.completion, replies: [], kind: 'text' }
        : { prompt: record.prompt, replies: [record.completion], kind: record.kind };
    default:
      return { prompt: record.prompt, replies: [record.completion], kind: `${record.kind} ${record.label}` };
  }
}

/** Serializes a text to a string that is unique to it. */
export function exactText(text: Text): string {
  return typeof text === 'string' ? text : `\0${JSON.stringify(text)}`;
}

/** Serializes a record without its origin to a string that is unique to it. */
export function exactRecord({ prompt, replies, kind }: RecordParts): string {
  return [kind, prompt, ...replies].map((part) => exactText(part)).join('\0\0');
}

/** 52 bits of a text's hash, as a number that V8 compares in one step. */
export function textKey(text: string): number {
  return hashText(text, 0) * 2 ** 20 + (hashText(text, 1) >>> 12);
}
