import { useTimeoutFn, watchThrottled } from '@vueuse/core';
import { type Ref, shallowRef } from 'vue';
import type { PlotLine } from '../plot-line.ts';
import { describeLine } from './describe-line.ts';

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
