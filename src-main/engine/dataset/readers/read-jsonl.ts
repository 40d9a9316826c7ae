import { openText } from './open-text.ts';
import { parseJsonRow } from './parse-json-row.ts';
import type { RawItem, ReadOptions } from './raw-rows.ts';
import { readLines } from './read-lines.ts';

const BLANK = /^[ \t]*$/;

/** Rows of a JSON Lines file. Blank lines are skipped; an unreadable line becomes a fault. */
export async function* readJsonl(path: string, options: ReadOptions): AsyncGenerator<RawItem> {
  const { limits } = options;
  for await (const { line, bytes, closed } of readLines(openText(path, options), limits.rowBytes)) {
    if (bytes === null) {
      const why = `is longer than ${limits.rowBytes} bytes`;
      yield { fault: { line, reason: 'too_long', why } };
    } else if (bytes.length > 64 || !BLANK.test(bytes.toString('latin1'))) {
      yield parseJsonRow(bytes, line, closed, limits);
    }
  }
}
