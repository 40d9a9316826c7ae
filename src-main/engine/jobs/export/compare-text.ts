import type { Tokenizer } from '../../tokenizer/tokenizer.ts';

/** Result of comparing the tokenizer and template of an export after it was reopened. */
export interface TextReport {
  /** `none`: neither side has one. */
  readonly chat_template: 'equal' | 'differs' | 'none';
  /** Texts that end a response. */
  readonly stop_tokens: readonly string[];
  readonly stop_tokens_equal: boolean;
  readonly tokenizer_files: number;
  readonly equal_tokenizer_files: number;
}

const sorted = (ids: readonly number[]) => ids.toSorted((one, other) => one - other);

/** @param before the tokenizer of the source; @param after that of the export, reopened. */
export function compareText(before: Tokenizer, after: Tokenizer): TextReport {
  const isEqual = before.chatTemplate === after.chatTemplate;
  const bytesOf = new Map(after.files.map(({ name, bytes }) => [name, bytes]));
  const equalFiles = before.files.filter(({ name, bytes }) => {
    const other = bytesOf.get(name);
    return other !== undefined && Buffer.from(bytes).equals(other);
  });
  const stops = sorted(after.stopTokens.ids);
  return {
    chat_template: before.chatTemplate === null && isEqual ? 'none' : isEqual ? 'equal' : 'differs',
    stop_tokens: stops.map((id) => after.tokenOfId(id) ?? String(id)),
    stop_tokens_equal: stops.join() === sorted(before.stopTokens.ids).join(),
    tokenizer_files: before.files.length,
    equal_tokenizer_files: equalFiles.length,
  };
}

export function isSameText(report: TextReport): boolean {
  const { chat_template, stop_tokens_equal, tokenizer_files, equal_tokenizer_files } = report;
  return chat_template !== 'differs' && stop_tokens_equal && tokenizer_files === equal_tokenizer_files;
}
