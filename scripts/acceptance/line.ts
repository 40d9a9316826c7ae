export interface LineOutcome {
  readonly passed: boolean;
  /** What was measured, a sentence each. */
  readonly figures: readonly string[];
}

/** One line of the promise. */
export interface AcceptanceLine {
  readonly number: number;
  readonly title: string;
  /** Throws with a sentence when something that it needs is absent. */
  run(tell: (text: string) => void): Promise<LineOutcome>;
}
