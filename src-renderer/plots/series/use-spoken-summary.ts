import { useTimeoutFn, watchThrottled } from '@vueuse/core';
import { type Ref, shallowRef } from 'vue';
import { formatNumber } from '../../parts/words/format-number.ts';
import type { PlotLine } from '../plot-line.ts';

interface Extremes {
  readonly low: number;
  readonly high: number;
  readonly last: number;
  readonly lastStep: number;
  readonly broken: number;
}

function extremesOf({ points: { steps, values } }: PlotLine): Extremes {
  let [low, high, broken] = [Infinity, -Infinity, 0];
  for (const value of values) {
    if (!Number.isFinite(value)) broken += 1;
    else [low, high] = [Math.min(low, value), Math.max(high, value)];
  }
  return { low, high, broken, last: values.at(-1) ?? Number.NaN, lastStep: steps.at(-1) ?? 0 };
}

/** Describes a line in one sentence for screen readers. */
export function describeLine(line: PlotLine): string {
  if (line.points.steps.length === 0) return `${line.label}: no data yet.`;
  const { low, high, last, lastStep, broken } = extremesOf(line);
  const range = Number.isFinite(low) ? `, lowest ${formatNumber(low)}, highest ${formatNumber(high)}` : '';
  const gaps = broken > 0 ? `, ${formatNumber(broken)} not finite` : '';
  const first = line.points.values[0];
  const course = `from ${formatNumber(first)} to ${formatNumber(last)} at step ${formatNumber(lastStep)}`;
  return `${line.label}: ${formatNumber(line.count)} points, ${course}${range}${gaps}.`;
}

const PACE_MILLISECONDS = 1000;
const AFTER_FIRST_DRAW_MILLISECONDS = 300;

/** A plot's screen reader summary. It reads every point, so it waits for the first draw and is throttled. */
export function useSpokenSummary(lines: () => readonly PlotLine[]): Readonly<Ref<string>> {
  const summary = shallowRef('');
  const describe = () => {
    summary.value = lines().map(describeLine).join(' ');
  };
  useTimeoutFn(describe, AFTER_FIRST_DRAW_MILLISECONDS);
  watchThrottled(lines, describe, { throttle: PACE_MILLISECONDS });
  return summary;
}
