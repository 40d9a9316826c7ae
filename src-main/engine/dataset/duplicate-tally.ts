import type { DuplicateCounts } from '#contract/api/datasets.ts';
import type { DataRecord } from '../records.ts';
import { partsOf } from './normalize-text.ts';
import { hashText } from './seeded-order.ts';
import { SimilarTexts } from './similar-texts.ts';

export interface DuplicateLimits {
  /** Rows looked at for exact repetition (about 60 bytes each). */
  readonly exact: number;
  /** Rows looked at for near repetition (about 2 KB each). */
  readonly near: number;
}

const DEFAULT_LIMITS: DuplicateLimits = { exact: 1_000_000, near: 10_000 };

/** Counts rows that repeat earlier ones, within a bound on memory. */
export class DuplicateTally {
  private readonly limits: DuplicateLimits;
  private readonly hashes = new Set<number>();
  private readonly prompts = new SimilarTexts();
  private readonly replies = new SimilarTexts();
  private examinedExact = 0;
  private exact = 0;
  private near = 0;
  private repeatedPrompts = 0;

  constructor(limits = DEFAULT_LIMITS) {
    this.limits = limits;
  }

  add(record: DataRecord): void {
    const { prompt, replies } = partsOf(record);
    const isExact = this.addExact(`${prompt}\n${replies}`);
    if (this.prompts.size >= this.limits.near) return;
    const samePrompt = this.prompts.add(prompt);
    const sameReplies = new Set(this.replies.add(replies));
    if (samePrompt.length > 0) this.repeatedPrompts++;
    if (!isExact && samePrompt.some((other) => sameReplies.has(other))) this.near++;
  }

  private addExact(text: string): boolean {
    if (this.examinedExact >= this.limits.exact) return false;
    this.examinedExact++;
    // 52 bits: among a million rows a chance collision has a probability of about 1e-4.
    const key = hashText(text, 0) * 2 ** 20 + (hashText(text, 1) >>> 12);
    const isKnown = this.hashes.has(key);
    this.hashes.add(key);
    if (isKnown) this.exact++;
    return isKnown;
  }

  counts(): DuplicateCounts {
    return {
      exact: this.exact,
      examinedExact: this.examinedExact,
      near: this.near,
      examinedNear: this.prompts.size,
      repeatedPrompts: this.repeatedPrompts,
    };
  }
}
