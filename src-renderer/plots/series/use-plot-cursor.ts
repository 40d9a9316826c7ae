import { computed, shallowRef } from 'vue';
import type { AxisMap } from '../axis-map.ts';
import { formatAxis } from '../format-axis.ts';
import type { PlotAxis, PlotMark } from '../plot-line.ts';

/** The shared cursor as shown by one plot. */
export function usePlotCursor(axis: () => { readonly axis: PlotAxis; readonly map: AxisMap }) {
  const step = shallowRef<number | null>(null);
  /** Cursor position between the chart's left edge (0) and right edge (1). */
  const share = shallowRef(0);
  const reach = shallowRef(0);
  const pointed = shallowRef<readonly PlotMark[]>([]);
  const cursor = computed(() => (step.value === null ? null : { step: step.value, reach: reach.value }));
  /** Places an element at the cursor, shifted left as needed to stay within the chart. */
  const style = computed(() => ({ left: `${100 * share.value}%`, transform: `translateX(${-100 * share.value}%)` }));
  /** The step under the cursor, and the axis value there. */
  const words = computed(() => {
    if (step.value === null) return '';
    const { axis: unit, map } = axis();
    return unit === 'step' ? `step ${step.value}` : `step ${step.value}, ${formatAxis(map.toAxis(step.value), unit)}`;
  });

  function move(at: number | null, marks: readonly PlotMark[], place: number, around: number): void {
    step.value = at;
    reach.value = around;
    share.value = place;
    pointed.value = marks;
  }
  return { cursor, pointed, style, words, move };
}
