const QUOTE = '"';

/**
 * Fields of one record, line by line, exactly as Python's csv module and pandas read them by default: a quote counts
 * only at the start of a field; within quotes, a doubled quote is one quote, and delimiters and line endings are text;
 * text after a closing quote belongs to the field.
 */
export class CsvRecord {
  readonly fields: string[] = [];
  /** Whether text follows a closing quote, which no writer produces. */
  hasTail = false;
  private readonly delimiter: string;
  private field = '';
  private isQuoted = false;

  constructor(delimiter: string) {
    this.delimiter = delimiter;
  }

  /** Adds a line; returns whether the record ends with it, that is, no quote is open. */
  add(text: string, ending: string): boolean {
    let at = 0;
    for (;;) {
      if (!this.isQuoted && text.startsWith(QUOTE, at)) {
        this.isQuoted = true;
        at += 1;
      }
      if (this.isQuoted) {
        at = this.addQuoted(text, at);
        if (this.isQuoted) {
          this.field += ending;
          return false;
        }
        this.hasTail ||= at < text.length && !text.startsWith(this.delimiter, at);
      }
      const end = text.indexOf(this.delimiter, at);
      this.fields.push(this.field + text.slice(at, end === -1 ? undefined : end));
      this.field = '';
      if (end === -1) return true;
      at = end + 1;
    }
  }

  /** Adds text up to the closing quote; returns where the rest starts. */
  private addQuoted(text: string, from: number): number {
    let start = from;
    for (let quote = text.indexOf(QUOTE, start); quote !== -1; quote = text.indexOf(QUOTE, start)) {
      const isDoubled = text.startsWith(QUOTE, quote + 1);
      this.field += text.slice(start, isDoubled ? quote + 1 : quote);
      start = quote + (isDoubled ? 2 : 1);
      if (isDoubled) continue;
      this.isQuoted = false;
      return start;
    }
    this.field += text.slice(start);
    return text.length;
  }
}

/** Whether pandas skips a line: it contains nothing but blanks that are not delimiters. */
export function isBlankLine(text: string, delimiter: string): boolean {
  return (delimiter === '\t' ? /^ *$/ : /^[ \t]*$/).test(text);
}
