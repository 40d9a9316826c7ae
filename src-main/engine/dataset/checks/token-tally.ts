import type { DatasetExample, RowNote, TokenCounts } from '#contract/api/library/datasets.ts';
import type { DataRecord, TokenRow } from '../../records.ts';

/** One of the token rows made from a record, already truncated to the length limit. */
export interface NamedRow {
  readonly name: DatasetExample['name'];
  readonly row: TokenRow;
  readonly cut: number;
  /** Its trained spans, and those that do not end in a stop token. */
  readonly ends: { readonly spans: number; readonly unended: number };
}

/** Something that a record leaves out; `name` is the key or token, `count` how often it occurs in the record. */
export interface RecordNote {
  readonly kind: RowNote['kind'];
  readonly name: string | null;
  readonly count: number;
}

/** Makes token rows; passed in from outside because this folder does not depend on a tokenizer. */
export interface RowMaker {
  rows(record: DataRecord): readonly NamedRow[];
  /** What is left out of a record, or read otherwise than one might expect. */
  notes(record: DataRecord, rows: readonly NamedRow[]): readonly RecordNote[];
  pieceOf(id: number): string;
  /** What each token is: text, a special token, or part of text that merely spells one. */
  kindsOf(ids: readonly number[]): readonly DatasetExample['tokens'][number]['kind'][];
}

/** Number of tokens that count in the loss: the first one of a row is never predicted. */
export function trainedTokens({ trained }: TokenRow): number {
  return trained.reduce((sum, isTrained, index) => sum + Number(isTrained && index > 0), 0);
}

const BIN_COUNT = 64;

/** Upper end of a length bin: 16, 32, … 128, then four bins per doubling. */
function binEnd(bin: number): number {
  if (bin < 8) return 16 * (bin + 1);
  const doubling = Math.floor((bin - 8) / 4);
  return 128 * 2 ** doubling + 32 * 2 ** doubling * (((bin - 8) % 4) + 1);
}

function binOf(length: number): number {
  let bin = 0;
  while (bin < BIN_COUNT - 1 && binEnd(bin) < length) bin++;
  return bin;
}

/** Counts lengths, truncations and trained tokens of rows. */
export class TokenTally {
  private readonly bins = new Float64Array(BIN_COUNT);
  private rows = 0;
  private total = 0;
  private trained = 0;
  private longest = 0;
  private truncatedRows = 0;
  private truncatedTokens = 0;
  private rowsWithoutTrained = 0;
  private trainedSpans = 0;
  private unendedSpans = 0;

  add({ name, row, cut, ends }: NamedRow): void {
    const length = row.ids.length + cut;
    const trained = trainedTokens(row);
    this.rows++;
    this.total += length;
    this.trained += trained;
    this.longest = Math.max(this.longest, length);
    this.bins[binOf(length)]! += 1;
    if (cut > 0) this.truncatedRows++;
    this.truncatedTokens += cut;
    this.trainedSpans += ends.spans;
    this.unendedSpans += ends.unended;
    if (trained === 0 && name !== 'prompt') this.rowsWithoutTrained++;
  }

  private percentile(share: number): number {
    let seen = 0;
    for (let bin = 0; bin < BIN_COUNT; bin++) {
      seen += this.bins[bin] as number;
      if (seen >= share * this.rows) return Math.min(binEnd(bin), this.longest);
    }
    return this.longest;
  }

  counts(vocabSize: number, maxLength: number | null): TokenCounts {
    const histogram = [...this.bins]
      .map((rows, bin) => ({ from: bin === 0 ? 0 : binEnd(bin - 1) + 1, to: binEnd(bin), rows }))
      .filter(({ rows }) => rows > 0);
    return {
      vocabSize,
      maxLength,
      rows: this.rows,
      total: this.total,
      trained: this.trained,
      mean: this.rows === 0 ? 0 : this.total / this.rows,
      longest: this.longest,
      percentiles: { p50: this.percentile(0.5), p90: this.percentile(0.9), p99: this.percentile(0.99) },
      histogram,
      truncatedRows: this.truncatedRows,
      truncatedTokens: this.truncatedTokens,
      rowsWithoutTrained: this.rowsWithoutTrained,
      trainedSpans: this.trainedSpans,
      unendedSpans: this.unendedSpans,
    };
  }
}
