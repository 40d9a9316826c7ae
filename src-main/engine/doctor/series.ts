/** What a step has left: values by metric key, evaluation included where one was due. */
export interface Reading {
  readonly step: number;
  readonly values: Readonly<Record<string, number>>;
}

/** Steps that count as one look: long enough for chance, short enough to be told in time. */
export const WINDOW = 3;
/** Steps that are remembered. */
export const KEPT = 16;

/** The metrics of a run as a detector sees them: its own start, and the latest steps. */
export interface Series {
  /** Of the first step, whose replies are the starting policy's; NaN when it is not there. */
  start(key: string): number;
  /** The last n values, oldest first; null while there are fewer, or where one is missing. */
  last(key: string, n?: number): readonly number[] | null;
  /** Mean of the last n; NaN while there are fewer. */
  mean(key: string, n?: number): number;
  /** The newest step's value; NaN when it has none. */
  now(key: string): number;
  /** True when each of the last n is there and passes. */
  every(key: string, passes: (value: number) => boolean, n?: number): boolean;
}

/** @param recent oldest first, the newest step last. */
export function createSeries(start: Reading | null, recent: readonly Reading[]): Series {
  const last = (key: string, n = WINDOW) => {
    const values = recent.slice(-n).map((reading) => reading.values[key]);
    return values.length === n && values.every((value) => value !== undefined) ? (values as number[]) : null;
  };
  const mean = (key: string, n = WINDOW) => {
    const values = last(key, n);
    return values ? values.reduce((sum, value) => sum + value, 0) / n : Number.NaN;
  };
  return {
    start: (key) => start?.values[key] ?? Number.NaN,
    last,
    mean,
    now: (key) => recent.at(-1)?.values[key] ?? Number.NaN,
    every: (key, passes, n = WINDOW) => last(key, n)?.every(passes) ?? false,
  };
}
