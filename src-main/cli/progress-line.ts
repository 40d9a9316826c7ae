import type { Progress } from '#contract/api/runs/run-records.ts';
import type { Shell } from './shell.ts';

/** `1:02:03`, `4:05`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** A count in a few characters: `12`, `250k`, `31M`. */
function shortCount(value: number): string {
  if (value >= 1e7) return `${(value / 1e6).toFixed(0)}M`;
  return value >= 1e5 ? `${(value / 1e3).toFixed(0)}k` : String(Math.round(value * 100) / 100);
}

/** `training 12/50 steps, 24%, 1.8 steps/s, 0:21 left`. */
export function formatProgress({ phase, done, total, unit, rate, secondsLeft }: Progress): string {
  const parts = [`${phase} ${shortCount(done)}/${shortCount(total)} ${unit}`];
  if (total > 0) parts.push(`${Math.floor((100 * done) / total)}%`);
  if (rate !== null && rate > 0) {
    parts.push(
      rate >= 0.1 ? `${shortCount(Number(rate.toPrecision(3)))} ${unit}/s` : `${(1 / rate).toFixed(1)} s each`,
    );
  }
  if (secondsLeft !== null) parts.push(`${formatSeconds(secondsLeft)} left`);
  return parts.join(', ');
}

export interface ProgressLine {
  /** @param isNews write the line immediately, even where lines are only written from time to time. */
  show(text: string, isNews?: boolean): void;
  /** Prints a separate line without mixing it with the progress. */
  remark(line: string): void;
  end(): void;
}

const PLAIN_MILLISECONDS = 10_000;
const CLEAR = '\r\u001B[2K';

/** Updates a single line on a terminal; elsewhere, writes a line every ten seconds. */
export function createProgressLine(shell: Pick<Shell, 'remark' | 'isTerminal'>, clock: () => number): ProgressLine {
  const { remark, isTerminal } = shell;
  let shown = '';
  let last = Number.NEGATIVE_INFINITY;
  return {
    show(text, isNews = false) {
      if (isTerminal) {
        if (text !== shown) remark(`${CLEAR}${text}`);
        shown = text;
      } else if (isNews || clock() - last >= PLAIN_MILLISECONDS) {
        last = clock();
        remark(`${text}\n`);
      }
    },
    remark(line) {
      remark(shown ? `${CLEAR}${line}\n${shown}` : `${line}\n`);
    },
    end() {
      if (shown) remark(CLEAR);
      shown = '';
    },
  };
}
