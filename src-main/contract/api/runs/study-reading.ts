import { z } from 'zod';
import { anyNumberSchema as value } from '../../any-number.ts';

/** The runs of a comparison, read at one distance from their start. */

export const meanIntervalSchema = z.object({
  mean: value,
  n: z.int().nonnegative(),
  low: value,
  high: value,
  least: value,
  most: value,
  /** What the interval covers. */
  over: z.enum(['seeds and prompts', 'seeds', 'prompts', 'nothing']),
});

/** One group of seeds at this KL. */
export const readCellSchema = z.object({
  group: z.int().nonnegative(),
  /** The method with the values that set it apart, such as `APA (apa_lambda 0.5)`. */
  name: z.string(),
  recipe: z.string(),
  anchor: z.object({ path: z.string(), value: z.number() }).nullable(),
  /** Seeds that came as far as this KL. */
  reached: z.int().nonnegative(),
  of: z.int().positive(),
  /** The measure first, then what is shown beside it, such as the other score and fluency. */
  values: z.array(z.object({ key: z.string(), ...meanIntervalSchema.shape })),
  /** How much more the measure is there than at the start, on the same prompts; null if the start was not evaluated. */
  gain: meanIntervalSchema.nullable(),
  /** Where the measure of one more seed will lie in 95% of studies; null if the seeds do not differ. */
  predicted: z.object({ low: value, high: value }).nullable(),
});
export type ReadCell = z.infer<typeof readCellSchema>;

/** The difference between two groups; see statistics/compare-methods.ts. */
export const comparedCellsSchema = z.object({
  first: z.int().nonnegative(),
  second: z.int().nonnegative(),
  difference: value,
  low: value,
  high: value,
  error: value,
  degrees: value,
  seeds: z.array(z.int().nonnegative()),
  prompts: z.int().nonnegative(),
  detectable: value,
  seedsToFind: z.int().nullable(),
  winner: z.enum(['first', 'second', 'cannot tell']),
});
export type ComparedCells = z.infer<typeof comparedCellsSchema>;

export const studyReadingSchema = z.object({
  kl: z.number().nullable(),
  key: z.string(),
  cells: z.array(readCellSchema),
  /** Between methods, or between all groups if there is only one method. */
  comparisons: z.array(comparedCellsSchema),
  /** The group of each method with the highest mean, if all of its seeds could be read. */
  best: z.array(z.object({ recipe: z.string(), group: z.int().nonnegative() })),
  /** How the intervals were made. */
  methods: z.object({ difference: z.string(), simultaneous: z.string() }),
});
export type StudyReading = z.infer<typeof studyReadingSchema>;
