import { LimitReached } from './faults.ts';

/** Limits of one rendering; far above any real conversation, and reached within a second. */
export interface TemplateLimits {
  readonly steps: number;
  readonly characters: number;
}

/** Text and lists are copied and searched far faster than nodes are evaluated. */
const ITEMS_PER_STEP = 100;
/** Taking a text apart into characters costs far more than copying it. */
const CHARACTERS_PER_STEP = 5;
/** Bits of the largest integer; no template needs more than a timestamp. */
const MAX_INTEGER_BITS = 4096n;

/** Counts the work of one rendering. All methods throw {@link LimitReached}. */
export class Budget {
  private stepsLeft: number;
  private readonly longest: number;

  constructor(limits: TemplateLimits) {
    this.stepsLeft = limits.steps;
    this.longest = limits.characters;
  }

  charge(steps: number): void {
    this.stepsLeft -= steps;
    if (this.stepsLeft < 0) throw new LimitReached('it takes too many steps');
  }

  /** Call while a text or a list grows. */
  fits(length: number): void {
    if (length > this.longest) throw new LimitReached('its output is too long');
  }

  /** Call before a text or a list of this length is built. */
  size(length: number): void {
    this.fits(length);
    this.charge(length / ITEMS_PER_STEP);
  }

  /** Counts a text that was built, and returns it. */
  text(text: string): string {
    this.size(text.length);
    return text;
  }

  /** Call before a text of this length is taken apart. */
  characters(length: number): void {
    this.charge(length / CHARACTERS_PER_STEP);
  }

  integer(value: bigint): bigint {
    if (value >> MAX_INTEGER_BITS !== 0n && value >> MAX_INTEGER_BITS !== -1n)
      throw new LimitReached('numbers too large');
    return value;
  }
}
