import type { z } from 'zod';
import type { Run } from '#contract/api/runs/run-state.ts';
import type { Series, SeriesAnswer, seriesRequestSchema } from '#contract/api/runs/series.ts';
import { encodeDoubles } from '#contract/float-array.ts';
import type { Points } from '#contract/metrics/thin-points.ts';
import type { ReadableDb } from '../store/database.ts';
import { lastSequence } from '../store/queries/events.ts';
import { readConfig } from '../store/queries/runs.ts';
import { readClock, readExtent, readRunningTotal, readThinned, type SeriesRange } from '../store/queries/series.ts';

type Request = z.output<typeof seriesRequestSchema>;

/** Tokens of an iteration: the number of responses times this mean length. */
const LENGTH = 'completions/mean_length';

interface Extents {
  readonly all: readonly [number, number] | null;
  /** The key that spans the most steps. */
  readonly widest: string | null;
}

function extentsOf(db: ReadableDb, run: number, keys: readonly string[]): Extents {
  const found = keys.flatMap((key) => {
    const extent = readExtent(db, run, key);
    return extent ? [{ key, extent }] : [];
  });
  if (found.length === 0) return { all: null, widest: null };
  const first = Math.min(...found.map(({ extent }) => extent[0]));
  const last = Math.max(...found.map(({ extent }) => extent[1]));
  const widest = found.reduce((best, one) => (span(one.extent) > span(best.extent) ? one : best));
  return { all: [first, last], widest: widest.key };
}

const span = ([first, last]: readonly [number, number]) => last - first;

function readTokens(db: ReadableDb, run: Run, range: SeriesRange): Points | null {
  const { rollouts } = readConfig(db, run.number).resolved as { rollouts?: { num_rollouts?: number } };
  if (!rollouts?.num_rollouts || !readExtent(db, run.number, LENGTH)) return null;
  const { steps, values } = readRunningTotal(db, run.number, LENGTH, range);
  return { steps, values: values.map((value) => value * (rollouts.num_rollouts ?? 1)) };
}

function axisOf(db: ReadableDb, run: Run, axis: Request['axis'], widest: string, range: SeriesRange): Points | null {
  if (axis === 'wall') return readClock(db, run.number, widest, range);
  return axis === 'tokens' ? readTokens(db, run, range) : null;
}

const encoded = ({ steps, values }: Points) => ({ steps: encodeDoubles(steps), values: encodeDoubles(values) });

/** The series of a run in the form its plots need. */
export function readSeriesOf(db: ReadableDb, run: Run, request: Request): SeriesAnswer {
  const { keys, axis, buckets } = request;
  const { all, widest } = extentsOf(db, run.number, keys);
  const answer = { sequence: lastSequence(db, run.number), extent: all && ([...all] as [number, number]) };
  if (!all || widest === null) return { ...answer, series: [], axis: null };
  const range = { from: request.from ?? all[0], to: request.to ?? all[1], buckets };
  const series = keys.flatMap((key): Series[] => {
    const { count, means, ...points } = readThinned(db, run.number, key, range);
    return count === 0 ? [] : [{ key, ...encoded(points), count, means: means && encoded(means) }];
  });
  const map = axisOf(db, run, axis, widest, range);
  return { ...answer, series, axis: map && encoded(map) };
}
