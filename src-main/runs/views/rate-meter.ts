import type { Progress } from '#contract/api/runs/run-records.ts';

interface Mark {
  readonly at: number;
  readonly done: number;
}

/** Reports that count, or those of the last second if there are more: fast steps report many times a second. */
const WINDOW = 20;
/** The first step is slower than the others, and two reports of one moment would give any rate. */
const FEWEST_REPORTS = 3;
const FEWEST_SECONDS = 1;

/**
 * Adds rate and remaining time to progress without them, based on the last reports of the same phase, once there are
 * enough of them.
 * @param clock monotonic milliseconds.
 */
export function createRateMeter(clock: () => number): (progress: Progress) => Progress {
  let phase = '';
  let marks: Mark[] = [];
  return (progress) => {
    if (progress.phase !== phase || progress.done < (marks.at(-1)?.done ?? 0)) marks = [];
    phase = progress.phase;
    const last = { at: clock(), done: progress.done };
    const secondsSince = ({ at }: Mark) => (last.at - at) / 1000;
    marks.push(last);
    while (marks.length > WINDOW && secondsSince(marks[1]!) >= FEWEST_SECONDS) marks.shift();
    const first = marks[0]!;
    const seconds = secondsSince(first);
    if (progress.rate !== null || marks.length <= FEWEST_REPORTS || seconds < FEWEST_SECONDS) return progress;
    const rate = (last.done - first.done) / seconds;
    const secondsLeft = rate > 0 ? Math.max(0, progress.total - progress.done) / rate : null;
    return { ...progress, rate, secondsLeft };
  };
}
