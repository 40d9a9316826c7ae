import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keel } from './run-program.ts';

export type Row = Readonly<Record<string, unknown>>;

/** A run that has ended. */
export interface EndedRun {
  readonly id: string;
  /** Everything that `keel run --json` printed. */
  readonly rows: readonly Row[];
  readonly summary: Row;
  readonly reports: readonly unknown[];
}

/** Writes a config to a folder as NAME.json and runs it. Throws the program's last words if it fails. */
export async function runConfig(folder: string, config: Row): Promise<EndedRun> {
  const path = join(folder, `${config.name}.json`);
  writeFileSync(path, JSON.stringify(config));
  const rows = await keel(['run', path]);
  const end = rows.findLast(({ type }) => type === 'summary') as unknown as Omit<EndedRun, 'id' | 'rows'> & {
    readonly run: string;
  };
  return { id: end.run, rows, summary: end.summary, reports: end.reports };
}
