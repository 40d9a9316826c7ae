import { oc } from '@orpc/contract';
import { z } from 'zod';
import { errors } from '../api-errors.ts';
import { workStream } from '../work-stream.ts';

/** Formats in which the metrics of runs can be exported, each with what other programs call it. */
export const METRIC_FORMATS = ['tensorboard', 'csv', 'jsonl', 'parquet', 'trackio'] as const;
export const metricFormatSchema = z.enum(METRIC_FORMATS);
export type MetricFormat = z.infer<typeof metricFormatSchema>;

/** How a format is shown and what a file of it is called; TensorBoard's is a folder. */
export const METRIC_FORMAT_FACTS: Readonly<
  Record<MetricFormat, { readonly title: string; readonly extension: string; readonly note: string }>
> = {
  tensorboard: {
    title: 'TensorBoard',
    extension: '',
    note: 'A log folder with one event file per run. Values become float32, as in every TensorBoard log.',
  },
  csv: { title: 'CSV', extension: '.csv', note: 'One row per value, with run, step, time, and key.' },
  jsonl: { title: 'JSON Lines', extension: '.jsonl', note: 'One object per value, with run, step, time, and key.' },
  parquet: {
    title: 'Parquet',
    extension: '.parquet',
    note: 'One row per value, with run, step, time, and key; the configs are in its metadata.',
  },
  trackio: {
    title: 'Trackio',
    extension: '.db',
    note: 'A project of Trackio, named like the file. Put the file into the folder TRACKIO_DIR.',
  },
};

export const metricExportRequestSchema = z.object({
  /** Runs for one target. A pipeline stands for its stages. */
  runs: z.array(z.string().min(1)).min(1).max(200),
  format: metricFormatSchema,
  /** The folder that `out` is relative to. */
  folder: z.string().min(1),
  /** A file, or a folder for TensorBoard; nothing may exist there. */
  out: z.string().min(1),
  /** Also the responses to the fixed prompts, as text; only TensorBoard has a place for them. */
  samples: z.boolean().default(false),
});

export const metricExportResultSchema = z.object({
  out: z.string(),
  format: metricFormatSchema,
  /** The runs that were written; stages instead of their pipeline. */
  runs: z.array(z.string()),
  /** Number of metric values. */
  values: z.int().nonnegative(),
  /** Number of responses written as text. */
  samples: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
});
export type MetricExportResult = z.infer<typeof metricExportResultSchema>;

/** Metrics for other programs; spread into `runs`. */
export const metricExportContract = {
  exportMetrics: oc.errors(errors).input(metricExportRequestSchema).output(workStream(metricExportResultSchema)),
};
