import { COLUMNS } from '../dataset-format.ts';
import { CsvRecord, isBlankLine } from './csv-record.ts';
import { openText } from './open-text.ts';
import type { ReadOptions } from './raw-rows.ts';
import { readAnyLines } from './read-lines.ts';

const DELIMITERS = [',', ';', '\t', '|'] as const;
const SAMPLE_LINES = 200;
const SAMPLE_BYTES = 256 * 1024;

/** Excel's first line that names the delimiter: `sep=;`. */
const SEPARATOR_LINE = /^"?sep=(.)"?$/i;

/** The delimiter that a file's first line names; null if it names none. */
export function namedDelimiter(line: string): string | null {
  return SEPARATOR_LINE.exec(line)?.[1] ?? null;
}

interface SampleLine {
  readonly text: string;
  readonly ending: string;
}

async function sampleLines(path: string, { limits, signal }: ReadOptions): Promise<SampleLine[]> {
  const lines: SampleLine[] = [];
  let bytes = 0;
  const pieces = openText(path, { limits, ...(signal && { signal }) });
  for await (const line of readAnyLines(pieces, limits.rowBytes)) {
    // Latin-1 gives every byte a character; only ASCII characters matter here.
    const text = line.bytes?.toString('latin1') ?? '';
    lines.push({ text, ending: line.ending });
    bytes += text.length;
    if (lines.length >= SAMPLE_LINES || bytes >= SAMPLE_BYTES) break;
  }
  return lines;
}

/** The header and the numbers of fields of the complete records in a sample. */
function shapeOf(lines: readonly SampleLine[], delimiter: string) {
  const records: (readonly string[])[] = [];
  let open: CsvRecord | null = null;
  for (const { text, ending } of lines) {
    if (open === null && isBlankLine(text, delimiter)) continue;
    open ??= new CsvRecord(delimiter);
    if (!open.add(text, ending)) continue;
    records.push(open.fields);
    open = null;
  }
  const [header = [], ...rows] = records;
  return { header, widths: rows.map((row) => row.length) };
}

const KNOWN: ReadonlySet<string> = new Set(COLUMNS);

/** Compared in this order; higher is better. */
interface Score {
  readonly known: number;
  readonly evenness: number;
  /** 0 if a blank follows the delimiter in the header, as it does a comma in prose. */
  readonly tightness: number;
}

const NO_SCORE: Score = { known: -1, evenness: 0, tightness: 0 };

function isBetter(score: Score, other: Score): boolean {
  if (score.known !== other.known) return score.known > other.known;
  if (score.evenness !== other.evenness) return score.evenness > other.evenness;
  return score.tightness > other.tightness;
}

/** How well a delimiter explains a sample; null if it does not divide the header. */
function scoreOf(lines: readonly SampleLine[], delimiter: string): Score | null {
  const { header, widths } = shapeOf(lines, delimiter);
  if (header.length < 2) return null;
  const even = widths.filter((width) => width === header.length).length;
  return {
    known: header.filter((name) => KNOWN.has(name.trim())).length,
    evenness: widths.length === 0 ? 1 : even / widths.length,
    tightness: header.slice(1).some((name) => name.startsWith(' ')) ? 0 : 1,
  };
}

/**
 * The delimiter of a CSV file: the one that Excel's `sep=` line names; otherwise the one that divides the header into
 * most columns that Keel knows, then the one by which most rows have as many fields as the header, then one without a
 * blank after it, then the comma (the tab for `.tsv`).
 */
export async function detectDelimiter(path: string, options: ReadOptions): Promise<string> {
  const lines = await sampleLines(path, options);
  const named = namedDelimiter(lines[0]?.text ?? '');
  if (named !== null) return named;
  const usual = /\.tsv(\.|$)/i.test(path) ? '\t' : ',';
  let best = { delimiter: usual, score: NO_SCORE };
  for (const delimiter of [usual, ...DELIMITERS.filter((other) => other !== usual)]) {
    const score = scoreOf(lines, delimiter);
    if (score !== null && isBetter(score, best.score)) best = { delimiter, score };
  }
  return best.delimiter;
}
