import { finished } from 'node:stream/promises';
import { type Parser, parse } from 'csv-parse';
import { openBytes } from './open-bytes.ts';
import { decodeUtf8 } from './parse-json-row.ts';
import type { RawItem, ReadOptions } from './raw-rows.ts';
import { withoutByteOrderMark } from './read-lines.ts';

interface CsvRecord {
  readonly record: readonly string[];
  /** The line in which the row ends. */
  readonly lastLine: number;
}

/**
 * Bytes were parsed as Latin-1, which preserves each of them; this decodes them to text, null if they are not valid
 * UTF-8.
 */
function textOfField(field: string): string | null {
  return decodeUtf8(Buffer.from(field, 'latin1'));
}

function itemOf(record: readonly string[], header: readonly string[], line: number): RawItem {
  if (record.length !== header.length) {
    const why = `has ${record.length} fields, but the header has ${header.length}`;
    return { fault: { line, reason: 'field_count', why } };
  }
  const fields = record.map(textOfField);
  if (fields.includes(null)) return { fault: { line, reason: 'bad_utf8', why: 'is not valid UTF-8' } };
  return { row: { line, fields: new Map(header.map((name, index) => [name, fields[index]])) } };
}

function headerFault(header: readonly (string | null)[]): string | null {
  if (header.includes(null)) return 'is not valid UTF-8';
  const twice = header.find((name, index) => header.indexOf(name) !== index);
  return twice === undefined ? null : `contains the column ${JSON.stringify(twice)} twice`;
}

/**
 * A parser that appends records to a list as it is written to. Read as a stream, it would drop the records before an
 * error that it had not yet emitted.
 */
function openParser(rowBytes: number, records: CsvRecord[]): Parser {
  const parser = parse({
    encoding: 'latin1',
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: rowBytes,
    on_record: (record: readonly string[], { lines }) => {
      records.push({ record, lastLine: lines });
      return null;
    },
  });
  // The error is read from the parser where it is checked; without a listener it would end the process.
  parser.on('error', () => undefined);
  parser.resume();
  return parser;
}

/** Converts records to rows; the first record is the header. */
class CsvRows {
  /** False if the header makes the rest unusable. */
  isUsable = true;
  /** The line after the last row that was emitted. */
  nextLine = 1;
  private header: readonly string[] | null = null;

  *take(records: CsvRecord[]): Generator<RawItem> {
    for (const { record, lastLine } of records.splice(0)) {
      if (this.header !== null) yield itemOf(record, this.header, firstLineOf(record, lastLine));
      else yield* this.takeHeader(record);
      this.nextLine = lastLine + 1;
      if (!this.isUsable) return;
    }
  }

  private *takeHeader(record: readonly string[]): Generator<RawItem> {
    const names = record.map(textOfField);
    const why = headerFault(names);
    this.isUsable = why === null;
    this.header = names as readonly string[];
    if (why !== null) yield { fault: { line: 1, reason: 'bad_header', why } };
  }
}

function firstLineOf(record: readonly string[], lastLine: number): number {
  return record.reduce((line, field) => line - (field.match(/\r\n|\n|\r/g)?.length ?? 0), lastLine);
}

function parserFault(error: Error, line: number, rowBytes: number): RawItem {
  const code = 'code' in error ? String(error.code) : '';
  if (!code.startsWith('CSV_')) throw error;
  const tooLong = code === 'CSV_MAX_RECORD_SIZE';
  const why = tooLong ? `is longer than ${rowBytes} bytes` : 'has a misplaced or unclosed quote';
  return { fault: { line, reason: tooLong ? 'too_long' : 'bad_csv', why: `${why}; nothing after it was read` } };
}

/**
 * Rows of a comma-separated file with a header. Quoted fields may contain line breaks; `line` is where the row starts.
 * A misplaced quote ends the reading with a fault because the rows after it cannot be separated reliably.
 */
export async function* readCsv(path: string, options: ReadOptions): AsyncGenerator<RawItem> {
  const { rowBytes } = options.limits;
  const records: CsvRecord[] = [];
  const rows = new CsvRows();
  const parser = openParser(rowBytes, records);
  for await (const piece of withoutByteOrderMark(openBytes(path, options))) {
    parser.write(piece);
    yield* rows.take(records);
    if (parser.errored || !rows.isUsable) break;
  }
  if (!parser.errored) parser.end();
  await finished(parser).catch(() => undefined);
  if (!rows.isUsable) return;
  yield* rows.take(records);
  if (parser.errored) yield parserFault(parser.errored, rows.nextLine, rowBytes);
}
