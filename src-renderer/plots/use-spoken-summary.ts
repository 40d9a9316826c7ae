import { watchThrottled } from '@vueuse/core';
import { type Ref, shallowRef } from 'vue';
import { describeLine } from './describe-line.ts';
import type { PlotLine } from './plot-line.ts';

const PACE_MILLISECONDS = 1000;

/** What a screen reader says of a plot. Every point is read for it, so it keeps a pace of its own, not that of the data. */
export function useSpokenSummary(lines: () => readonly PlotLine[]): Readonly<Ref<string>> {
  const summary = shallowRef('');
  watchThrottled(
    lines,
    (now) => {
      summary.value = now.map(describeLine).join(' ');
    },
    { throttle: PACE_MILLISECONDS, immediate: true },
  );
  return summary;
}
