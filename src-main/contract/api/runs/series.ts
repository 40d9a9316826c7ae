import { z } from 'zod';
import { sequenceSchema } from '../../ids.ts';

const step = z.int().nonnegative();

/** Steps and their values, each encoded by `encodeDoubles`. */
export const pointsSchema = z.object({ steps: z.string(), values: z.string() });
export type EncodedPoints = z.infer<typeof pointsSchema>;

/** A plot's request: some series over a range of steps, each with at most `buckets` lowest and highest points. */
export const seriesRequestSchema = z.object({
  run: z.string().min(1),
  keys: z.array(z.string().min(1)).max(64),
  /** First and last step; null for those of the run. */
  from: step.nullable().default(null),
  to: step.nullable().default(null),
  /** About the plot's width in pixels. */
  buckets: z.int().min(1).max(4096).default(800),
  /** The horizontal axis of the plot. */
  axis: z.enum(['step', 'tokens', 'wall']).default('step'),
});
export type SeriesRequest = z.input<typeof seriesRequestSchema>;
export type SeriesAxis = NonNullable<SeriesRequest['axis']>;

/**
 * One series by step. A bucket with more than two points is represented by its lowest and highest point, in step order;
 * NaN is used only if there is nothing else.
 */
export const seriesSchema = pointsSchema.extend({
  key: z.string(),
  /** Number of points in the range in the store. */
  count: z.int().nonnegative(),
  /** Means over about the same number of step ranges, for a smoothed line; null if no point was left out. */
  means: pointsSchema.nullable(),
});
export type Series = z.infer<typeof seriesSchema>;

export const seriesAnswerSchema = z.object({
  /** The answer includes everything up to this number; `runs.watch` continues after it. */
  sequence: sequenceSchema,
  /** First and last step of the run with any of the keys; null if there are none. */
  extent: z.tuple([step, step]).nullable(),
  series: z.array(seriesSchema),
  /**
   * Maps steps to the requested axis: increasing in both, and linear between two entries. Null for `step`, and if the
   * run does not count tokens. Wall time is in milliseconds since 1970.
   */
  axis: pointsSchema.nullable(),
});
export type SeriesAnswer = z.infer<typeof seriesAnswerSchema>;
