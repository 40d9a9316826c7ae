import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { orDiskFull } from '../../disk/disk-full.ts';
import { datasetChanged } from '../dataset/content-hash.ts';
import type { Input } from './context.ts';

const FILE = 'inputs.json';

/** Hashes by role and path, as they stood at the run's first start. */
type Ledger = Readonly<Record<string, string>>;

function readLedger(path: string): Map<string, string> {
  return new Map(existsSync(path) ? Object.entries(JSON.parse(readFileSync(path, 'utf8')) as Ledger) : []);
}

/**
 * Remembers in the run's folder what its input files were, and refuses other content under the same name on a resume:
 * the run could not repeat itself. Throws `dataset.changed`, `disk_full`.
 */
export function createInputLedger(runFolder: string): (input: Pick<Input, 'role' | 'path' | 'sha256'>) => void {
  const path = join(runFolder, FILE);
  const ledger = readLedger(path);
  return ({ role, path: file, sha256 }) => {
    const key = `${role} ${file}`;
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
