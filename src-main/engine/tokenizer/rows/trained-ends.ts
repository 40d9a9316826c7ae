import type { Tokenizer } from '../tokenizer.ts';
import type { FittedRow } from './fit-row.ts';
import { lengthToEnd } from './response-ends.ts';

/** Spans of consecutive trained tokens, such as an assistant's turns. */
export interface TrainedEnds {
  readonly spans: number;
  /** Spans that do not end in a stop token, white space after it aside: they teach no end. */
  readonly unended: number;
}

function trainedSpans({ ids, trained }: FittedRow['row']): readonly (readonly number[])[] {
  const spans: number[][] = [];
  ids.forEach((id, index) => {
    if (!trained[index]) return;
    if (index === 0 || !trained[index - 1]) spans.push([]);
    spans.at(-1)?.push(id);
  });
  return spans;
}

/** Counts the trained spans of a row; one whose end truncation removed is not counted as unended. */
export function trainedEnds(
  { row, cutAtEnd }: Pick<FittedRow, 'row' | 'cutAtEnd'>,
  tokenizer: Pick<Tokenizer, 'decode' | 'stopTokens'>,
): TrainedEnds {
  const spans = trainedSpans(row);
  const whole = cutAtEnd > 0 && row.trained.at(-1) ? spans.slice(0, -1) : spans;
  const unended = whole.filter((span) => lengthToEnd(span, tokenizer, tokenizer.stopTokens.ids) === null);
  return { spans: spans.length, unended: unended.length };
}
