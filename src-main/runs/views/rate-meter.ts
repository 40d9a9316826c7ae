import type { Progress } from '#contract/api/runs/run-records.ts';

interface Mark {
  readonly at: number;
  readonly done: number;
}

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
    marks = [...marks, { at: clock(), done: progress.done }].slice(-WINDOW);
    const [first, last] = [marks[0], marks.at(-1)];
    if (progress.rate !== null || !first || !last || marks.length <= FEWEST_REPORTS) return progress;
    const seconds = (last.at - first.at) / 1000;
    if (seconds < FEWEST_SECONDS) return progress;
    const rate = (last.done - first.done) / seconds;
    const secondsLeft = rate > 0 ? Math.max(0, progress.total - progress.done) / rate : null;
    return { ...progress, rate, secondsLeft };
  };
}
