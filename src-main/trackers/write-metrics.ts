import { basename } from 'node:path';
import { METRIC_FORMAT_FACTS, type MetricFormat } from '#contract/api/runs/metric-export.ts';
import { KeelError } from '#contract/errors.ts';
import { writeCsv } from './tables/csv.ts';
import { writeJsonLines } from './tables/json-lines.ts';
import { writeParquet } from './tables/parquet.ts';
import { writeTensorboard } from './tensorboard/write-events.ts';
import type { TrackerExport } from './tracked-run.ts';
import { writeTrackio } from './trackio/write-trackio.ts';

const WRITERS: Readonly<Record<MetricFormat, (target: TrackerExport) => Promise<void>>> = {
  tensorboard: writeTensorboard,
  csv: writeCsv,
  jsonl: writeJsonLines,
  parquet: writeParquet,
  trackio: writeTrackio,
};

/** Characters that Trackio keeps in the name of a project's file. */
const PROJECT = /^[A-Za-z0-9_-]+$/;
/** Names that Trackio gives to other files of a project, or refuses. */
const RESERVED = /^registry-|._(system|configs|traces|artifacts|artifact_versions|artifact_aliases|\w*artifact_links)$/;

function badName(why: string, fix: string): KeelError {
  return new KeelError({ code: 'export_name', why, fix });
}

/** Refuses a target whose name its readers would not find or would read as something else. Throws `export_name`. */
export function requireTargetName(format: MetricFormat, out: string): void {
  const { extension, title } = METRIC_FORMAT_FACTS[format];
  const name = basename(out);
  if (!name.endsWith(extension)) {
    throw badName(`${name} does not end in ${extension}, as a file for ${title} does.`, `Name it ${name}${extension}.`);
  }
  if (format !== 'trackio') return;
  const project = name.slice(0, -extension.length);
  if (PROJECT.test(project) && !RESERVED.test(project)) return;
  throw badName(
    `Trackio names a project like its file, and ${JSON.stringify(project)} is no name that it can use.`,
    'Use letters, digits, "-", and "_", such as my-runs.db.',
  );
}

/** Writes the metrics of runs to a new file or folder. Rejects with what the disk says. */
export function writeMetrics(format: MetricFormat, target: TrackerExport): Promise<void> {
  return WRITERS[format](target);
}
