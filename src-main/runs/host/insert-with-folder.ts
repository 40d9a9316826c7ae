import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { orDiskFull } from '../../disk/disk-full.ts';
import { durably } from '../../store/database.ts';
import { insertRun, readRun } from '../../store/queries/runs.ts';
import { THIS_DEVICE } from './device-of-run.ts';
import { withFullReferences } from './full-references.ts';
import type { HostSetup } from './host-setup.ts';
import { makeRunFolder, removeRunFolder } from './run-folder.ts';
import { createRunId } from './run-id.ts';
import type { NewRunRequest } from './run-pipeline.ts';

/** Creates the folder and the row of a new run, or neither. Throws `disk_full`, `store_full`. */
export function insertWithFolder(
  { store, now, home }: HostSetup,
  { recipe, config: asked, configGiven, baseFolder, name, parent, stage, device = THIS_DEVICE }: NewRunRequest,
): { readonly id: string; readonly folder: string } {
  const config = withFullReferences(store.read, asked);
  const createdAt = now();
  const id = createRunId(name, new Date(createdAt), (taken) => readRun(store.read, taken) !== null);
  const folder = join(home, 'runs', id);
  const place = { parent: parent ?? null, stage: stage ?? null };
  const row = { id, name, recipe, ...place, configGiven, config, device, folder, baseFolder, createdAt };
  const isNew = !existsSync(folder);
  try {
    orDiskFull('The run', folder, () => makeRunFolder(folder, config));
    durably(store.write, () => insertRun(store.write, row));
  } catch (error) {
    if (isNew) removeRunFolder(home, folder);
    throw error;
  }
  return { id, folder };
}
