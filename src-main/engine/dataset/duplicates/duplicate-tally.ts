import type { DuplicateCounts, NearPair } from '#contract/api/library/datasets.ts';
import { flatText } from '../../message-text.ts';
import type { DataRecord } from '../../records.ts';
import { RecordComparison, type Repeat } from './group-records.ts';
import { exactRecord, partsOf, textKey } from './record-parts.ts';

export interface DuplicateLimits {
  /** Number of rows examined for exact duplicates (about 60 bytes each). */
  readonly exact: number;
  /** Number of rows examined for near duplicates; they are kept until the end. */
  readonly near: number;
  /** Maximum number of characters in these rows. */
  readonly nearCharacters: number;
}

const DEFAULT_LIMITS: DuplicateLimits = { exact: 1_000_000, near: 10_000, nearCharacters: 20_000_000 };
/** Number of near-duplicate pairs that are shown. */
const MAX_PAIRS = 20;
/** Characters shown of each row of a pair: before and after the first difference. */
const EXCERPT = [24, 72] as const;

/** Counts rows that repeat earlier ones, with bounded memory. */
export class DuplicateTally {
  private readonly limits: DuplicateLimits;
  private readonly hashes = new Set<number>();
  private readonly records: DataRecord[] = [];
  private characters = 0;
  private examinedExact = 0;
  private exact = 0;

  constructor(limits = DEFAULT_LIMITS) {
    this.limits = limits;
  }

  add(record: DataRecord): void {
    const text = exactRecord(partsOf(record));
    this.addExact(text);
    this.characters += text.length;
    const hasRoom = this.records.length < this.limits.near && this.characters <= this.limits.nearCharacters;
    if (hasRoom) this.records.push(record);
  }

  private addExact(text: string): void {
    if (this.examinedExact >= this.limits.exact) return;
    this.examinedExact++;
    // 52 bits: among a million rows a chance collision has a probability of about 1e-4.
    const key = textKey(text);
    if (this.hashes.has(key)) this.exact++;
    this.hashes.add(key);
  }

  counts(): DuplicateCounts {
    const comparison = new RecordComparison(this.records);
    const all = [...this.records.keys()];
    const repeated = new Set(comparison.exactRepeats().map(({ index }) => index));
    const near = comparison.nearRepeats(all.filter((index) => !repeated.has(index)));
    return {
      exact: this.exact,
      examinedExact: this.examinedExact,
      near: near.length,
      examinedNear: this.records.length,
      repeatedPrompts: this.records.length - comparison.groups(all, true).length,
      nearPairs: near.slice(0, MAX_PAIRS).map((repeat) => this.pairOf(repeat)),
    };
  }

  private pairOf({ index, duplicateOf }: Repeat): NearPair {
    const [one, other] = [index, duplicateOf].sort((a, b) => a - b).map((at) => this.records[at] as DataRecord);
    const [first, second] = [one, other].map((record) => textOf(record as DataRecord)) as [string, string];
    const place = differenceOf(first, second);
    return {
      line: (other as DataRecord).origin.line,
      repeats: (one as DataRecord).origin.line,
      text: excerptOf(second, place),
      repeatedText: excerptOf(first, place),
    };
  }
}

function textOf(record: DataRecord): string {
  const { prompt, replies } = partsOf(record);
  return [prompt, ...replies].map(flatText).join('\n');
}

/** Index of the first character that differs. */
function differenceOf(one: string, other: string): number {
  let place = 0;
  while (place < one.length && one[place] === other[place]) place++;
  return place;
}

function excerptOf(text: string, place: number): string {
  const start = Math.max(0, place - EXCERPT[0]);
  const end = Math.min(text.length, place + EXCERPT[1]);
  return `${start > 0 ? '…' : ''}${text.slice(start, end).toWellFormed()}${end < text.length ? '…' : ''}`;
}
