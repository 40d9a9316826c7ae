import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { KeelError } from '#contract/errors.ts';
import { orDiskFull } from '../../disk/disk-full.ts';
import { type HomePaths, homePaths } from '../../disk/home-paths.ts';
import { datasetChanged } from '../dataset/content-hash.ts';
import type { Input } from './context.ts';

const FILE = 'inputs.json';

/** Hashes by role and path, recorded when the run first started. */
type Ledger = Readonly<Record<string, string>>;

function unreadable(path: string, cause: unknown): KeelError {
  return new KeelError({
    code: 'ledger_unreadable',
    why: `${path}, which records the data of the run, could not be read.`,
    fix: 'Restore it from a copy of the run, or remove it: the run then continues with the current data.',
    cause,
  });
}

function readLedger(path: string, { portable }: HomePaths): Map<string, string> {
  if (!existsSync(path)) return new Map();
  try {
    const ledger = JSON.parse(readFileSync(path, 'utf8')) as Ledger;
    return new Map(Object.entries(ledger).map(([key, sha256]) => [portable(key), sha256]));
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Whether a run has recorded its data, which it does right after it has loaded its models. */
export function hasInputLedger(runFolder: string): boolean {
  return existsSync(join(runFolder, FILE));
}

/**
 * Records the hashes of the input files in the run's folder, and rejects changed content under the same name on a
 * resume, since the run would not be reproducible. Run folders are located in `runs` of a data folder; paths below it
 * are stored relative to it, so that they stay valid after a move. Throws `dataset.changed`, `ledger_unreadable`,
 * `disk_full`.
 * @param records whether unknown files are recorded; if not, nothing is written.
 */
export function createInputLedger(
  runFolder: string,
  { records = true } = {},
): (input: Pick<Input, 'role' | 'path' | 'sha256'>) => void {
  const path = join(runFolder, FILE);
  const { text } = homePaths(dirname(dirname(runFolder)));
  const ledger = readLedger(path, text);
  return ({ role, path: file, sha256 }) => {
    const key = text.portable(`${role} ${file}`);
    const known = ledger.get(key);
    if (known === sha256) return;
    if (known !== undefined) throw datasetChanged(file);
    if (!records) return;
    ledger.set(key, sha256);
    orDiskFull('The hashes of the data', path, () => {
      writeFileSync(`${path}.partial`, `${JSON.stringify(Object.fromEntries(ledger), null, 2)}\n`);
      renameSync(`${path}.partial`, path);
    });
  };
}
