import { z } from 'zod';
import { sequenceSchema } from '../../ids.ts';

const step = z.int().nonnegative();

/** Steps and their values, each as `encodeDoubles` writes them. */
export const pointsSchema = z.object({ steps: z.string(), values: z.string() });
export type EncodedPoints = z.infer<typeof pointsSchema>;

/** What a plot asks for: some series over a range of steps, at most `buckets` lowest and highest points of each. */
export const seriesRequestSchema = z.object({
  run: z.string().min(1),
  keys: z.array(z.string().min(1)).max(64),
  /** First and last step; null for the run's own. */
  from: step.nullable().default(null),
  to: step.nullable().default(null),
  /** About the width of the plot in pixels. */
  buckets: z.int().min(1).max(4096).default(800),
  /** What else the steps may be drawn over. */
  axis: z.enum(['step', 'tokens', 'wall']).default('step'),
});
export type SeriesRequest = z.input<typeof seriesRequestSchema>;
export type SeriesAxis = NonNullable<SeriesRequest['axis']>;

/**
 * One series by step. Where a bucket holds more than two points, its lowest and its highest stand for it, in the order
 * of their steps; a NaN stands only where nothing else does.
 */
export const seriesSchema = pointsSchema.extend({
  key: z.string(),
  /** Points that the range holds in the store. */
  count: z.int().nonnegative(),
  /** Means of about as many stretches of steps, for a smoothed line; null where every point is there. */
  means: pointsSchema.nullable(),
});
export type Series = z.infer<typeof seriesSchema>;

export const seriesAnswerSchema = z.object({
  /** Everything told up to here is in it: `runs.watch` goes on after this number. */
  sequence: sequenceSchema,
  /** First and last step that the run has under any of the keys; null when it has none. */
  extent: z.tuple([step, step]).nullable(),
  series: z.array(seriesSchema),
  /**
   * From step to the axis asked for, rising in both; between two entries it is a straight line. Null for `step`, and
   * where the run does not count tokens. Wall time is milliseconds since 1970.
   */
  axis: pointsSchema.nullable(),
});
export type SeriesAnswer = z.infer<typeof seriesAnswerSchema>;
