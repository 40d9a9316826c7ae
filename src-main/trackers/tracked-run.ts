/** One value of a run. */
export interface TrackedPoint {
  readonly step: number;
  readonly key: string;
  /** May be NaN or infinite. */
  readonly value: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A response to a fixed prompt. */
export interface TrackedSample {
  readonly step: number;
  readonly promptIndex: number;
  readonly prompt: string;
  readonly response: string;
  readonly score: number;
}

/** A run as an exporter sees it: what is in memory is bounded, however long the run is. */
export interface TrackedRun {
  readonly id: string;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** The resolved config. */
  readonly config: Readonly<Record<string, unknown>>;
  /** All values in batches, ordered by step, then time, then key. Can be read once. */
  readonly points: () => AsyncIterable<readonly TrackedPoint[]>;
  /** Responses step by step; empty if they are not wanted. */
  readonly samples: () => AsyncIterable<readonly TrackedSample[]>;
}

/** What an export needs to know about its target. */
export interface TrackerExport {
  /** A file or folder that does not exist yet; its parent does. */
  readonly out: string;
  readonly runs: readonly TrackedRun[];
  /** Version of Keel, for formats that name the program that wrote a file. */
  readonly writtenBy: string;
}

/** Points that were logged together: same step, same time. */
export interface TrackedLog {
  readonly step: number;
  readonly at: number;
  readonly points: readonly TrackedPoint[];
}

/** Splits ordered points where step or time changes; batches end where steps end. */
export function* logsOf(points: readonly TrackedPoint[]): Generator<TrackedLog> {
  let start = 0;
  for (let index = 1; index <= points.length; index += 1) {
    const [first, next] = [points[start]!, points[index]];
    if (next && next.step === first.step && next.at === first.at) continue;
    yield { step: first.step, at: first.at, points: points.slice(start, index) };
    start = index;
  }
}
