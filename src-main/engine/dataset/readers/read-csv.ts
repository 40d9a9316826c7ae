import { detectDelimiter, namedDelimiter } from './csv-delimiter.ts';
import { CsvRecord, isBlankLine } from './csv-record.ts';
import { openText } from './open-text.ts';
import { decodeUtf8 } from './parse-json-row.ts';
import { type RawItem, type ReadOptions, shownName } from './raw-rows.ts';
import { type EndedLine, readAnyLines } from './read-lines.ts';

/** How many times the size of one row may be read again after rows that break off. */
const ROWS_READ_AGAIN = 16;

function fault(line: number, reason: string, why: string): RawItem {
  return { fault: { line, reason, why } };
}

/** Names as pandas makes them: blank ones are numbered. Blanks around a name are not part of it. */
function columnNames(fields: readonly string[]): string[] {
  return fields.map((field, index) => field.trim() || `Unnamed: ${index}`);
}

function countFault(fields: readonly string[], width: number, delimiter: string, line: number): RawItem {
  const sign = delimiter === '\t' ? 'tab' : `"${delimiter}"`;
  const late = fields.some((field) => /^\s+"/.test(field));
  const hint = late
    ? '; a quote counts only directly after the delimiter'
    : fields.length > width
      ? `; a field that contains a ${sign} has to be quoted`
      : '';
  return fault(line, 'field_count', `has ${fields.length} fields, but the header has ${width}${hint}`);
}

/** Gathers lines to records and records to rows; the first record is the header. */
class CsvRows {
  /** False if the header, or too many rows that break off, make the rest unusable. */
  isUsable = true;
  private readonly delimiter: string;
  private readonly rowBytes: number;
  private header: readonly string[] | null = null;
  /** Lines from the start of the open record on, and which of them is next. */
  private lines: EndedLine[] = [];
  private next = 0;
  private start = 0;
  private record: CsvRecord;
  private bytes = 0;
  private isText = true;
  private bytesReadAgain = 0;

  constructor(delimiter: string, rowBytes: number) {
    this.delimiter = delimiter;
    this.rowBytes = rowBytes;
    this.record = new CsvRecord(delimiter);
  }

  /** Rows that a line completes. */
  *add(line: EndedLine): Generator<RawItem> {
    this.lines.push(line);
    yield* this.takeLines();
    if (this.start === 0) return;
    this.lines = this.lines.slice(this.start);
    this.next -= this.start;
    this.start = 0;
  }

  /** The last rows, once no line is left; a quote may be open. */
  *finish(): Generator<RawItem> {
    while (this.start < this.lines.length && this.isUsable) {
      yield this.breakOff('opens a quote that is never closed');
      yield* this.takeLines();
    }
  }

  private *takeLines(): Generator<RawItem> {
    while (this.next < this.lines.length && this.isUsable) {
      const item = this.take(this.lines[this.next++] as EndedLine);
      if (item !== null) yield item;
    }
  }

  private take({ line, bytes, ending }: EndedLine): RawItem | null {
    const isFirst = this.next === this.start + 1;
    this.bytes += bytes?.length ?? this.rowBytes + 1;
    if (this.bytes > this.rowBytes) {
      if (!isFirst) return this.breakOff(`opens a quote that is not closed within ${this.rowBytes} bytes`);
      this.close();
      return fault(line, 'too_long', `is longer than ${this.rowBytes} bytes`);
    }
    const text = bytes && decodeUtf8(bytes);
    this.isText &&= text !== null;
    // Latin-1 keeps the structure of a line that is not valid text.
    const shown = text ?? (bytes as Buffer).toString('latin1');
    const isSkipped = isFirst && (isBlankLine(shown, this.delimiter) || (line === 1 && namedDelimiter(shown) !== null));
    if (!isSkipped && !this.record.add(shown, ending)) return null;
    if (!isFirst && this.record.hasTail) return this.breakOff('opens a quote that is followed by text where it closes');
    const { fields } = this.record;
    const { isText } = this;
    const first = (this.lines[this.start] as EndedLine).line;
    this.close();
    return isSkipped ? null : this.finishRecord(fields, isText, first);
  }

  private finishRecord(fields: readonly string[], isText: boolean, line: number): RawItem | null {
    if (this.header === null) return this.takeHeader(fields, isText, line);
    if (fields.length !== this.header.length) return countFault(fields, this.header.length, this.delimiter, line);
    if (!isText) return fault(line, 'bad_utf8', 'is not valid UTF-8');
    return { row: { line, fields: new Map(this.header.map((name, index) => [name, fields[index]])) } };
  }

  private takeHeader(fields: readonly string[], isText: boolean, line: number): RawItem | null {
    const names = columnNames(fields);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    this.header = names;
    if (isText && twice === undefined) return null;
    this.isUsable = false;
    const why = isText ? `contains the column ${shownName(twice ?? '')} twice` : 'is not valid UTF-8';
    return fault(line, 'bad_header', why);
  }

  /** Gives up the open record and reads its later lines again, each as the start of a record. */
  private breakOff(why: string): RawItem {
    const { line } = this.lines[this.start] as EndedLine;
    this.bytesReadAgain += this.bytes;
    this.isUsable = this.header !== null && this.bytesReadAgain <= ROWS_READ_AGAIN * this.rowBytes;
    this.next = this.start + 1;
    this.close();
    const rest = this.isUsable ? 'the lines after it were read as rows of their own' : 'nothing after it was read';
    return fault(line, 'bad_csv', `${why}; ${rest}`);
  }

  private close(): void {
    this.start = this.next;
    this.record = new CsvRecord(this.delimiter);
    this.bytes = 0;
    this.isText = true;
  }
}

/**
 * Rows of a CSV file with a header, with any usual delimiter (see {@link detectDelimiter}) and the values that Python's
 * csv module gives. Quoted fields may contain line endings; `line` is where the row starts. A row whose quote does not
 * close properly is a fault, and reading goes on at its second line.
 */
export async function* readCsv(path: string, options: ReadOptions): AsyncGenerator<RawItem> {
  const { rowBytes } = options.limits;
  const rows = new CsvRows(await detectDelimiter(path, options), rowBytes);
  for await (const line of readAnyLines(openText(path, options), rowBytes)) {
    yield* rows.add(line);
    if (!rows.isUsable) return;
  }
  yield* rows.finish();
}
