import { computed, getCurrentScope, onScopeDispose, type Ref, shallowRef, watch } from 'vue';
import type { MetricRow } from '#contract/api/runs/run-records.ts';
import type { SeriesAnswer, SeriesAxis } from '#contract/api/runs/series.ts';
import type { Points } from '#contract/metrics/thin-points.ts';
import { useRequest } from '../../../state/use-request.ts';
import type { LiveRun } from '../use-run.ts';
import { appendRows, decodePoints, type LoadedSeries, loadSeries } from './loaded-series.ts';

export interface SeriesWish {
  readonly keys: Readonly<Ref<readonly string[]>>;
  readonly axis: Readonly<Ref<SeriesAxis>>;
  /** Visible steps; null for all. */
  readonly range: Readonly<Ref<readonly [number, number] | null>>;
}

/** Roughly the width of a plot in pixels. */
const BUCKETS = 480;
/** After this many points since loading, the series is reloaded and thinned. */
const MOST_ADDED = 2000;
const QUIET_MILLISECONDS = 160;
const REREAD_MILLISECONDS = 2000;

/** The series of a run's plots: loaded thinned for the visible range, then updated live. */
export function useRunSeries(id: string, live: LiveRun, { keys, axis, range }: SeriesWish) {
  const series = shallowRef<ReadonlyMap<string, LoadedSeries>>(new Map());
  const axisTable = shallowRef<Points | null>(null);
  const isLoaded = shallowRef(false);
  let read = 0;
  let early: MetricRow[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** Adds a margin on both sides, so that panning does not immediately run out of data. */
  function wanted() {
    const [from, to] = range.value ?? [null, null];
    const inSight = { run: id, keys: [...keys.value], axis: axis.value };
    if (from === null || to === null) return { ...inSight, buckets: BUCKETS };
    const width = to - from;
    const ends = { from: Math.max(0, Math.floor(from - width)), to: Math.ceil(to + width) };
    return { ...inSight, ...ends, buckets: 3 * BUCKETS };
  }
  const request = useRequest((client) => client.runs.series(wanted()));

  function take(answer: SeriesAnswer): void {
    read = answer.sequence;
    series.value = new Map(answer.series.map((one) => [one.key, loadSeries(one)]));
    axisTable.value = answer.axis && decodePoints(answer.axis);
    isLoaded.value = true;
    const late = early.filter(({ sequence }) => sequence > read);
    early = [];
    if (late.length > 0) append(late);
  }

  async function load(): Promise<void> {
    const answer = await request.load();
    if (answer) take(answer);
  }

  /** Reloads after a delay. A new call replaces a pending reload, unless its delay is `REREAD_MILLISECONDS`. */
  function loadSoon(milliseconds: number): void {
    if (milliseconds === REREAD_MILLISECONDS && timer !== undefined) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = undefined;
      void load();
    }, milliseconds);
  }

  function append(rows: readonly MetricRow[]): void {
    const asked = new Set(keys.value);
    const byKey = Map.groupBy(
      rows.filter(({ key }) => asked.has(key)),
      ({ key }) => key,
    );
    const next = new Map(series.value);
    for (const [key, added] of byKey) {
      const longer = appendRows(next.get(key), added);
      if (longer) next.set(key, longer);
      if (!longer || longer.added > MOST_ADDED) loadSoon(REREAD_MILLISECONDS);
    }
    series.value = next;
    extendClock(rows.at(-1));
  }

  function extendClock(last: MetricRow | undefined): void {
    const table = axisTable.value;
    if (axis.value !== 'wall' || !table || !last || last.step <= (table.steps.at(-1) ?? -1)) return;
    axisTable.value = {
      steps: Float64Array.from([...table.steps, last.step]),
      values: Float64Array.from([...table.values, last.at]),
    };
  }

  live.onRows((rows) => {
    if (request.isLoading.value || !isLoaded.value) early.push(...rows);
    if (isLoaded.value && range.value === null) append(rows.filter(({ sequence }) => sequence > read));
    if (range.value !== null) loadSoon(REREAD_MILLISECONDS);
  });
  watch([keys, axis], () => void load());
  watch(range, () => loadSoon(QUIET_MILLISECONDS));
  if (getCurrentScope()) onScopeDispose(() => clearTimeout(timer));
  return {
    series,
    axisTable,
    isLoaded,
    isReading: computed(() => request.isLoading.value),
    error: request.error,
    load,
  };
}
