import { type ColumnSource, fileWriter, parquetWriteRows } from 'hyparquet-writer';
import type { TrackerExport } from '../tracked-run.ts';

/** Rows held at once; also the size of a row group. */
const GROUP_ROWS = 50_000;

const COLUMNS: readonly Omit<ColumnSource, 'data'>[] = [
  { name: 'run', type: 'STRING', nullable: false },
  { name: 'step', type: 'INT64', nullable: false },
  { name: 'time', type: 'TIMESTAMP', nullable: false },
  { name: 'key', type: 'STRING', nullable: false },
  // Without minimum and maximum: readers skip row groups by them, and NaN has no place in an order.
  { name: 'value', type: 'DOUBLE', nullable: false, statistics: false },
];

async function* rowsOf(runs: TrackerExport['runs']): AsyncGenerator<Record<string, unknown>> {
  for (const { id, points } of runs) {
    for await (const batch of points()) {
      for (const { step, at, key, value } of batch) {
        yield { run: id, step: BigInt(step), time: new Date(at), key, value };
      }
    }
  }
}

/**
 * Writes one row per value with the columns of the CSV format: step as int64, time as a timestamp in milliseconds (UTC),
 * value as double. The metadata key `keel.runs` holds name, time of creation, and config of every run as JSON.
 */
export async function writeParquet({ out, runs, writtenBy }: TrackerExport): Promise<void> {
  const about = Object.fromEntries(
    runs.map(({ id, name, createdAt, config }) => [id, { name, createdAt: new Date(createdAt).toISOString(), config }]),
  );
  await parquetWriteRows({
    writer: fileWriter(out),
    rows: rowsOf(runs),
    columns: [...COLUMNS],
    rowGroupSize: GROUP_ROWS,
    createdBy: writtenBy,
    kvMetadata: [{ key: 'keel.runs', value: JSON.stringify(about) }],
  });
}
