import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { openBytes } from './open-bytes.ts';
import { decodeUtf8 } from './parse-json-row.ts';
import type { RawItem, ReadOptions } from './raw-rows.ts';
import { withoutByteOrderMark } from './read-lines.ts';

interface CsvRecord {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** Bytes were parsed as Latin-1, which keeps each; here they become text, null when they are no UTF-8. */
function textOfField(field: string): string | null {
  return decodeUtf8(Buffer.from(field, 'latin1'));
}

function itemOf(record: readonly string[], header: readonly string[], line: number): RawItem {
  if (record.length !== header.length) {
    const why = `has ${record.length} fields, the header ${header.length}`;
    return { fault: { line, reason: 'field_count', why } };
  }
  const fields = record.map(textOfField);
  if (fields.includes(null)) return { fault: { line, reason: 'bad_utf8', why: 'holds bytes that are no UTF-8' } };
  return { row: { line, fields: new Map(header.map((name, index) => [name, fields[index]])) } };
}

function headerFault(header: readonly (string | null)[]): string | null {
  if (header.includes(null)) return 'holds bytes that are no UTF-8';
  const twice = header.find((name, index) => header.indexOf(name) !== index);
  return twice === undefined ? null : `names the column ${JSON.stringify(twice)} twice`;
}

/**
 * Rows of a comma-separated file with a header. Quoted fields may hold line ends; `line` is where the row starts. An
 * unclosed quote ends the reading with a fault, as nothing behind it can be told apart.
 */
export async function* readCsv(path: string, options: ReadOptions): AsyncGenerator<RawItem> {
  const parser = parse({
    encoding: 'latin1',
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: options.limits.rowBytes,
  });
  const source = Readable.from(withoutByteOrderMark(openBytes(path, options)));
  source.on('error', (error) => parser.destroy(error));
  source.pipe(parser);
  let header: readonly string[] | null = null;
  let line = 1;
  try {
    for await (const { record, info } of parser as AsyncIterable<CsvRecord>) {
      if (header === null) {
        const names = record.map(textOfField);
        const why = headerFault(names);
        if (why !== null) return yield { fault: { line, reason: 'bad_header', why } };
        header = names as readonly string[];
      } else yield itemOf(record, header, line);
      line = info.lines + 1;
    }
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    if (!code.startsWith('CSV_')) throw cause;
    const tooLong = code === 'CSV_MAX_RECORD_SIZE';
    const why = tooLong
      ? `is longer than ${options.limits.rowBytes} bytes`
      : 'has a quote that is out of place or never closed';
    yield { fault: { line, reason: tooLong ? 'too_long' : 'bad_csv', why: `${why}; nothing behind it was read` } };
  } finally {
    source.destroy();
    parser.destroy();
  }
}
