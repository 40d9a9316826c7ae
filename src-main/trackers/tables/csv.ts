import { fillFile } from '../new-file.ts';
import type { TrackerExport } from '../tracked-run.ts';

/** A field as in RFC 4180. */
function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * Writes one row per value: run, step, time (ISO 8601, UTC), key, value. Numbers have the fewest digits that give the
 * same double again; `NaN`, `Infinity`, and `-Infinity` are spelled as pandas, NumPy, and DuckDB read them.
 */
export function writeCsv({ out, runs }: TrackerExport): Promise<void> {
  return fillFile(out, async (file) => {
    file.write('run,step,time,key,value\n');
    for (const { id, points } of runs) {
      for await (const batch of points()) {
        const lines = batch.map(({ step, at, key, value }) => {
          return `${field(id)},${step},${new Date(at).toISOString()},${field(key)},${value}\n`;
        });
        file.write(lines.join(''));
      }
    }
  });
}
