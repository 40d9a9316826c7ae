/** What a step has recorded: values by metric key, evaluation included where one was due. */
export interface Reading {
  readonly step: number;
  readonly values: Readonly<Record<string, number>>;
}

/** Steps that are examined together: enough to rule out chance, few enough to report in time. */
export const WINDOW = 3;
/** Number of steps that are kept. */
export const KEPT = 16;

/** The metrics of a run as a detector sees them: the first step and the latest steps. */
export interface Series {
  /** Value of the first step, whose responses come from the starting policy; NaN if missing. */
  start(key: string): number;
  /** Value of the starting policy's evaluation; NaN if missing. */
  origin(key: string): number;
  /** The last n values, oldest first; null if there are fewer, or if one is missing. */
  last(key: string, n?: number): readonly number[] | null;
  /** Mean of the last n values; NaN if there are fewer. */
  mean(key: string, n?: number): number;
  /** Value of the newest step; NaN if it has none. */
  now(key: string): number;
  /** Whether each of the last n values exists and passes. */
  every(key: string, passes: (value: number) => boolean, n?: number): boolean;
}

/** @param recent oldest first; the newest step is last. */
export function createSeries(start: Reading | null, recent: readonly Reading[], origin: Reading | null = null): Series {
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
    origin: (key) => origin?.values[key] ?? Number.NaN,
    last,
    mean,
    now: (key) => recent.at(-1)?.values[key] ?? Number.NaN,
    every: (key, passes, n = WINDOW) => last(key, n)?.every(passes) ?? false,
  };
}
