import { cp, mkdir, readdir, rename, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Model } from '#contract/api/library/model-library.ts';
import type { ArtifactKind } from '#contract/api/runs/run-records.ts';
import { canceled, KeelError } from '#contract/errors.ts';
import { PRIVATE_FOLDER } from '../disk/private-mode.ts';
import { removeBelow, removeFromHome, triedRemoval } from '../disk/remove-below.ts';
import { requireFreeSpace } from '../runs/archive/disk-space.ts';
import type { HostSetup } from '../runs/host/host-setup.ts';
import { durably } from '../store/database.ts';
import {
  deleteModel,
  listModels,
  readModel,
  type StoredModel,
  setModelRemoved,
  upsertModel,
} from '../store/queries/models.ts';
import { describeModel } from './list-models.ts';
import { KEPT_MILLISECONDS } from './removed-for-good.ts';
import { resultOfJob } from './result-of-job.ts';
import type { WorkStep } from './work-channel.ts';

type LibrarySetup = Pick<HostSetup, 'home' | 'store' | 'now'>;

/** The stored row. Throws `model_unknown`. */
function requireModel({ store }: LibrarySetup, id: number): StoredModel {
  const model = readModel(store.read, id);
  if (model) return model;
  throw new KeelError({
    code: 'model_unknown',
    why: `The library has no model ${id}.`,
    fix: 'Choose one of the list, or add its folder.',
  });
}

/** Adds the row of a folder that was checked. */
export function keepModel(setup: LibrarySetup, model: Omit<StoredModel, 'id' | 'addedAt' | 'removedAt'>): Model {
  const { store, now } = setup;
  const id = durably(store.write, () => upsertModel(store.write, { ...model, addedAt: now() }));
  return describeModel(requireModel(setup, id));
}

/** Files of a model folder; those of folders inside it are not part of a model. */
async function modelFiles(folder: string): Promise<{ readonly name: string; readonly bytes: number }[]> {
  const names = await readdir(folder);
  const all = await Promise.all(names.map(async (name) => ({ name, facts: await stat(join(folder, name)) })));
  return all.flatMap(({ name, facts }) => (facts.isFile() ? [{ name, bytes: facts.size }] : []));
}

async function copyFolder(
  from: string,
  to: string,
  report: (step: WorkStep) => void,
  signal: AbortSignal,
): Promise<void> {
  const partial = join(dirname(to), `.partial-${basename(to)}`);
  const files = await modelFiles(from);
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  requireFreeSpace(dirname(dirname(to)), total, `The copy of ${basename(from)} needs`);
  let done = 0;
  try {
    removeBelow(dirname(to), partial);
    await mkdir(partial, { recursive: true, mode: PRIVATE_FOLDER });
    for (const { name, bytes } of files) {
      if (signal.aborted) throw canceled('The copy was canceled.');
      await cp(join(from, name), join(partial, name));
      done += bytes;
      report({ phase: 'copy', done, total, unit: 'byte' });
    }
    await rename(partial, to);
  } catch (error) {
    removeBelow(dirname(to), partial);
    throw error;
  }
}

/** A folder name below models/ that nothing has yet. */
async function freeFolder(models: string, name: string): Promise<string> {
  const isTaken = (folder: string) =>
    stat(folder).then(
      () => true,
      () => false,
    );
  for (let number = 1; ; number++) {
    const folder = join(models, number === 1 ? name : `${name}-${number}`);
    if (!(await isTaken(folder))) return folder;
  }
}

/** What `model_inspect` says a folder is for. */
function kindOf(inspection: unknown): ArtifactKind {
  const { head } = inspection as { readonly head?: unknown };
  return head === 'score' ? 'reward_model' : head === 'value' ? 'critic' : 'model';
}

/** Checks a folder whole and tells what it is for. Throws every fault of it at once (`model_folder_invalid`). */
export async function kindOfFolder(
  setup: HostSetup,
  folder: string,
  report: (step: WorkStep) => void,
  signal: AbortSignal,
): Promise<ArtifactKind> {
  return kindOf(await resultOfJob(setup, { kind: 'model_inspect', model: folder, strict: true }, report, signal));
}

/**
 * Checks a folder, then adds it: as it lies there, or as a copy. Nothing is added when a run could not use it. NaN and
 * infinite weights do not keep it out: they can be looked at, and training refuses them.
 * Throws as {@link kindOfFolder}, and `canceled`.
 */
export async function addModel(
  setup: HostSetup,
  { path, copy }: { readonly path: string; readonly copy: boolean },
  report: (step: WorkStep) => void,
  signal: AbortSignal,
): Promise<Model> {
  const kind = await kindOfFolder(setup, path, report, signal);
  const name = basename(path);
  if (!copy) return keepModel(setup, { name, folder: path, source: 'linked', origin: null, kind });
  const folder = await freeFolder(join(setup.home, 'models'), name);
  await copyFolder(path, folder, report, signal);
  return keepModel(setup, { name, folder, source: 'copied', origin: path, kind });
}

/** Marks a model as removed, or takes that back. A copy or download stays on disk for a day. Throws `model_unknown`. */
export function setModelHidden(setup: LibrarySetup, id: number, isRemoved: boolean): Model {
  requireModel(setup, id);
  const { store, now } = setup;
  durably(store.write, () => setModelRemoved(store.write, id, isRemoved ? now() : null));
  return describeModel(requireModel(setup, id));
}

/**
 * Forgets models that were removed a day ago, with copies and downloads; a linked folder is never touched. Gives why one
 * had to stay.
 */
export function forgetModels({ home, store, now }: LibrarySetup): readonly string[] {
  const notices: string[] = [];
  for (const { id, folder, source, removedAt } of listModels(store.read)) {
    if (removedAt === null || removedAt > now() - KEPT_MILLISECONDS) continue;
    durably(store.write, () => deleteModel(store.write, id));
    const isOurs = source !== 'linked' && dirname(folder) === join(home, 'models');
    if (isOurs) notices.push(...triedRemoval(() => removeFromHome(home, 'models', folder)));
  }
  return notices;
}
