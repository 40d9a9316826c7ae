import { fillFile } from '../new-file.ts';
import type { TrackerExport } from '../tracked-run.ts';

/** JSON has no NaN and no infinity: they become texts, as everywhere in Keel's JSON. */
const jsonNumber = (value: number) => (Number.isFinite(value) ? value : String(value));

/** Writes one object per value with the columns of the CSV format. */
export function writeJsonLines({ out, runs }: TrackerExport): Promise<void> {
  return fillFile(out, async (file) => {
    for (const { id, points } of runs) {
      for await (const batch of points()) {
        const lines = batch.map(({ step, at, key, value }) => {
          const row = { run: id, step, time: new Date(at).toISOString(), key, value: jsonNumber(value) };
          return `${JSON.stringify(row)}\n`;
        });
        file.write(lines.join(''));
      }
    }
  });
}
