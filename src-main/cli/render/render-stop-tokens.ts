import { inspectionSchema } from '#contract/api/library/model-library.ts';
import { originWords } from '#contract/stop-words.ts';
import { columns } from '../output.ts';
import { printable } from './render-dataset-report.ts';

const tokenizerPart = inspectionSchema.pick({ tokenizer: true });

/**
 * The stop tokens of an inspected model, each with its origins, and the entries of `eos_token_id` that are none; empty
 * if its tokenizer cannot be used.
 */
export function stopLines(inspection: unknown): string {
  const { tokenizer } = tokenizerPart.parse(inspection);
  if ('error' in tokenizer) return '';
  const { stop_tokens: stops, ignored_stop_tokens: ignored } = tokenizer;
  return columns([
    ...stops.map(({ id, token, origins }) => [
      'stop token',
      `${printable(token ?? '?')} (${id}): ${originWords(origins)}`,
    ]),
    ...ignored.map(({ value, origin }) => [
      'ignored',
      `eos_token_id ${printable(value)} in ${originWords([origin])}: the model has no such token`,
    ]),
  ]);
}
