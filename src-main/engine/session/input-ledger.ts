import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { KeelError } from '#contract/errors.ts';
import { orDiskFull } from '../../disk/disk-full.ts';
import { type HomePaths, homePaths } from '../../disk/home-paths.ts';
import { datasetChanged } from '../dataset/content-hash.ts';
import type { Input } from './context.ts';

const FILE = 'inputs.json';

/** Hashes by role and path, as they stood at the run's first start. */
type Ledger = Readonly<Record<string, string>>;

function unreadable(path: string, cause: unknown): KeelError {
  return new KeelError({
    code: 'ledger_unreadable',
    why: `${path}, which says what the run's data were, cannot be read.`,
    fix: 'Bring it back from a copy of the run, or remove it: the run then goes on with the data as they are now.',
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

/**
 * Remembers in the run's folder what its input files were, and refuses other content under the same name on a resume:
 * the run could not repeat itself. Run folders lie in `runs` of a data folder; paths below that are kept relative to it,
 * so that they hold after a move. Throws `dataset.changed`, `ledger_unreadable`, `disk_full`.
 */
export function createInputLedger(runFolder: string): (input: Pick<Input, 'role' | 'path' | 'sha256'>) => void {
  const path = join(runFolder, FILE);
  const { text } = homePaths(dirname(dirname(runFolder)));
  const ledger = readLedger(path, text);
  return ({ role, path: file, sha256 }) => {
    const key = text.portable(`${role} ${file}`);
    const known = ledger.get(key);
    if (known === sha256) return;
    if (known !== undefined) throw datasetChanged(file);
    ledger.set(key, sha256);
    orDiskFull('The hashes of the data', path, () => {
      writeFileSync(`${path}.partial`, `${JSON.stringify(Object.fromEntries(ledger), null, 2)}\n`);
      renameSync(`${path}.partial`, path);
    });
  };
}
