import type { Comparison, DataRecord, Demonstration, Prompt } from '../records.ts';

/** The prompt of a record, for sampling replies; null when it has none. */
export function asPrompt(record: DataRecord): Prompt | null {
  if (record.kind === 'prompt') return record;
  const { prompt, origin } = record;
  return prompt === null ? null : { kind: 'prompt', prompt, origin };
}

/** What to imitate of a record: the text, the chosen reply, the completion with a thumb up; null for anything else. */
export function asDemonstration(record: DataRecord): Demonstration | null {
  switch (record.kind) {
    case 'demonstration':
      return record;
    case 'comparison':
      return { kind: 'demonstration', prompt: record.prompt, completion: record.chosen, origin: record.origin };
    case 'judgment':
      if (!record.label) return null;
      return { kind: 'demonstration', prompt: record.prompt, completion: record.completion, origin: record.origin };
    default:
      return null;
  }
}

/** The comparison of a record; null when it compares nothing. */
export function asComparison(record: DataRecord): Comparison | null {
  return record.kind === 'comparison' ? record : null;
}
