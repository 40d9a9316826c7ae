import { flatText } from '../../message-text.ts';
import type { DataRecord } from '../../records.ts';

/** Words by which two texts are compared; case, punctuation and white space do not count. */
export function wordsOf(text: string): string[] {
  return (
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  );
}

/** The two parts that decide whether records are duplicates: the prompt and the response. */
export function partsOf(record: DataRecord): { readonly prompt: string; readonly replies: string } {
  switch (record.kind) {
    case 'prompt':
      return { prompt: flatText(record.prompt), replies: '' };
    case 'comparison':
      return { prompt: flatText(record.prompt), replies: `${flatText(record.chosen)}\n${flatText(record.rejected)}` };
    case 'demonstration': {
      const completion = flatText(record.completion);
      // A language-modeling record has no prompt: its text decides what belongs together.
      return record.prompt === null
        ? { prompt: completion, replies: '' }
        : { prompt: flatText(record.prompt), replies: completion };
    }
    default:
      return { prompt: flatText(record.prompt), replies: `${record.label} ${flatText(record.completion)}` };
  }
}
