import type { DataRecord, Text } from '../../records.ts';
import { hashText } from '../seeded-order.ts';

/** What decides whether two records are duplicates: the prompt, the responses, and what must be equal. */
export interface RecordParts {
  readonly prompt: Text;
  readonly replies: readonly Text[];
  /** Kind of the record and its label: records that differ here are never duplicates. */
  readonly kind: string;
}

/** What must be equal besides the texts: the kind of record, and what its chat template receives. */
function kindOf(kind: string, { template }: DataRecord): string {
  return template === undefined ? kind : `${kind} ${JSON.stringify(template)}`;
}

/** The parts of a record. A language-modeling record has no prompt: its text decides what belongs together. */
export function partsOf(record: DataRecord): RecordParts {
  switch (record.kind) {
    case 'prompt':
      return { prompt: record.prompt, replies: [], kind: kindOf(record.kind, record) };
    case 'comparison':
      return { prompt: record.prompt, replies: [record.chosen, record.rejected], kind: kindOf(record.kind, record) };
    case 'demonstration':
      return record.prompt === null
        ? { prompt: record.completion, replies: [], kind: kindOf('text', record) }
        : { prompt: record.prompt, replies: [record.completion], kind: kindOf(record.kind, record) };
    default:
      return {
        prompt: record.prompt,
        replies: [record.completion],
        kind: kindOf(`${record.kind} ${record.label}`, record),
      };
  }
}

/** Serializes a text to a string that is unique to it: every key of its messages counts. */
export function exactText(text: Text): string {
  if (typeof text === 'string') return text;
  // The order of these two keys in a file has no meaning; that of others may, because templates print them.
  const turns = text.map(({ role, content, ...others }) => ({ role, content, ...others }));
  return `\0${JSON.stringify(turns)}`;
}

/** Serializes a record without its origin to a string that is unique to it. */
export function exactRecord({ prompt, replies, kind }: RecordParts): string {
  return [kind, prompt, ...replies].map((part) => exactText(part)).join('\0\0');
}

/** 52 bits of a text's hash, as a number that V8 compares in one step. */
export function textKey(text: string): number {
  return hashText(text, 0) * 2 ** 20 + (hashText(text, 1) >>> 12);
}
