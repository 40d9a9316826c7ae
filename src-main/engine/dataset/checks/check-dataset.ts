import type {
  BadRow,
  DatasetExample,
  DatasetProgress,
  DatasetReport,
  RowCounts,
  TokenCounts,
} from '#contract/api/library/datasets.ts';
import { flatText } from '../../message-text.ts';
import type { DataRecord } from '../../records.ts';
import { contentHash } from '../content-hash.ts';
import type { ColumnMapping, DatasetFormat, DatasetType } from '../dataset-format.ts';
import { DuplicateTally } from '../duplicates/duplicate-tally.ts';
import { fileBytes } from '../readers/open-bytes.ts';
import type { RowFault } from '../readers/raw-rows.ts';
import { readRecords } from '../readers/read-records.ts';
import { findingsOf, type TrainingSettings } from './dataset-findings.ts';
import { NoteTally } from './note-tally.ts';
import { rowsOrFault, toExample } from './show-record.ts';
import { type RowMaker, TokenTally } from './token-tally.ts';

const FAULTS_KEPT = 100;

/** Counts good and bad rows, and the bad ones by reason. */
class RowTally {
  private good = 0;
  private readonly firstBad: BadRow[] = [];
  private readonly reasons = new Map<string, { count: number; firstLine: number; why: string }>();

  addGood(): void {
    this.good++;
  }

  addBad(fault: RowFault): void {
    if (this.firstBad.length < FAULTS_KEPT) this.firstBad.push({ ...fault });
    const known = this.reasons.get(fault.reason);
    if (known) known.count++;
    else this.reasons.set(fault.reason, { count: 1, firstLine: fault.line, why: fault.why });
  }

  counts(): RowCounts {
    const reasons = [...this.reasons].map(([reason, rest]) => ({ reason, ...rest }));
    const bad = reasons.reduce((sum, { count }) => sum + count, 0);
    reasons.sort((a, b) => b.count - a.count || a.firstLine - b.firstLine);
    return { total: this.good + bad, good: this.good, bad, reasons, firstBad: this.firstBad };
  }
}

export interface CheckOptions {
  readonly columns?: ColumnMapping;
  /** Makes the token rows (`recordRows` of a tokenizer); without it, no tokens are counted or shown. */
  readonly tokens?: { readonly maker: RowMaker; readonly vocabSize: number; readonly maxLength: number | null };
  /** Whether the config makes the loss count every token, prompts included. */
  readonly trainsOnAll?: boolean;
  /** The type of dataset as which a recipe uses the file. Default: the file's own. */
  readonly usedAs?: (type: DatasetType) => DatasetType;
  /** What a config does with bad rows and duplicates; without it, the findings give advice for any config. */
  readonly training?: TrainingSettings;
  /** Number of records shown as tokens. Default 3. */
  readonly examples?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: DatasetProgress) => void;
}

const PROGRESS_ROWS = 500;

/** The tallies of one check, updated record by record. */
class Tallies {
  readonly rows = new RowTally();
  readonly duplicates = new DuplicateTally();
  readonly tokens = new TokenTally();
  readonly notes = new NoteTally();
  readonly examples: DatasetExample[] = [];
  comparisons = 0;
  shorterChosen = 0;
  private shown = 0;
  private readonly options: CheckOptions;

  constructor(options: CheckOptions) {
    this.options = options;
  }

  addRecord(record: DataRecord, unused: readonly string[]): void {
    const { maker } = this.options.tokens ?? {};
    const rows = maker ? rowsOrFault(record, maker) : [];
    if ('reason' in rows) {
      this.rows.addBad(rows);
      return;
    }
    this.rows.addGood();
    const { line } = record.origin;
    this.notes.add(
      line,
      unused.map((name) => ({ kind: 'unused_column', name, count: 1 })),
    );
    this.duplicates.add(record);
    if (record.kind === 'comparison') this.addComparison(flatText(record.chosen), flatText(record.rejected));
    for (const row of rows) this.tokens.add(row);
    if (maker !== undefined) this.notes.add(line, maker.notes(record, rows));
    if (maker === undefined || this.shown++ >= (this.options.examples ?? 3)) return;
    this.examples.push(...rows.map((row) => toExample(record.origin.line, row, maker)));
  }

  private addComparison(chosen: string, rejected: string): void {
    this.comparisons++;
    if (chosen.length < rejected.length) this.shorterChosen++;
  }
}

/** What is trained at the end of an assistant's turn, which is up to the chat template. */
function turnEndWords(tokens: TokenCounts | null): string {
  if (tokens === null) return ', each as the chat template ends it';
  const { trainedSpans: all, unendedSpans: unended } = tokens;
  if (unended === 0) return ', each with its end-of-turn token';
  return unended === all ? '; no end of a turn is trained' : `; ${unended} of ${all} without an end-of-turn token`;
}

/** Describes which tokens the loss counts, for the user to see before a start; `tokens` are those counted. */
export function trainsOn({ type, form }: DatasetFormat, all: boolean, tokens: TokenCounts | null): string {
  if (all && (type === 'prompt_completion' || type === 'language_modeling')) return 'every token, prompts included';
  switch (type) {
    case 'language_modeling':
      return form === 'conversational'
        ? `assistant turns only${turnEndWords(tokens)}`
        : 'all of the text and the end token';
    case 'prompt_only':
      return 'none: the policy continues the prompts';
    case 'preference':
    case 'preference_implicit_prompt':
      return 'the responses and their end token; the prompt is read but not trained on';
    default:
      return 'the completion and its end token; the prompt is read but not trained on';
  }
}

/**
 * Reads a whole dataset and reports what it contains and what training would make of it. Memory does not grow with the
 * file. Throws what {@link readRecords} throws; an unusable row is counted, not thrown.
 */
export async function checkDataset(file: string, options: CheckOptions = {}): Promise<DatasetReport> {
  const bytes = fileBytes(file);
  const { columns, signal, onProgress, usedAs = (type) => type } = options;
  let bytesRead = 0;
  let seen = 0;
  const { format, items } = await readRecords(file, {
    ...(columns && { columns }),
    ...(signal && { signal }),
    onBytes: (read) => {
      bytesRead = read;
    },
  });
  const tallies = new Tallies(options);
  for await (const item of items) {
    if ('record' in item) tallies.addRecord(item.record, item.unused);
    else tallies.rows.addBad(item.fault);
    if (++seen % PROGRESS_ROWS === 0) onProgress?.({ rows: seen, bytesRead, bytes });
  }
  onProgress?.({ rows: seen, bytesRead: bytes, bytes });
  const { comparisons, shorterChosen } = tallies;
  const tokens = options.tokens ? tallies.tokens.counts(options.tokens.vocabSize, options.tokens.maxLength) : null;
  const facts = {
    file,
    bytes,
    contentHash: await contentHash(file, signal),
    format: { ...format, columns: { ...format.columns } },
    trainsOn: trainsOn({ ...format, type: usedAs(format.type) }, options.trainsOnAll === true, tokens),
    rows: tallies.rows.counts(),
    shorterChosen: comparisons === 0 ? null : { comparisons, shorter: shorterChosen },
    tokens,
    duplicates: tallies.duplicates.counts(),
    examples: tallies.examples,
    notes: tallies.notes.list(),
  };
  return { ...facts, findings: findingsOf(facts, options.training ?? null) };
}
