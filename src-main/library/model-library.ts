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
import { knownModels } from './known-models.ts';
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
    fix: 'Choose one from the list, or add its folder.',
  });
}

/** Adds the row for a folder that has been checked. */
export function keepModel(setup: LibrarySetup, model: Omit<StoredModel, 'id' | 'addedAt' | 'removedAt'>): Model {
  const { store, now } = setup;
  const id = durably(store.write, () => upsertModel(store.write, { ...model, addedAt: now() }));
  return describeModel(requireModel(setup, id), knownModels(setup.store.read));
}

/** Files of a model folder, or a GGUF file itself; files in subfolders are not part of a model. */
async function modelFiles(path: string): Promise<{ readonly path: string; readonly bytes: number }[]> {
  const isFolder = (await stat(path)).isDirectory();
  const paths = isFolder ? (await readdir(path)).map((name) => join(path, name)) : [path];
  const all = await Promise.all(paths.map(async (one) => ({ path: one, facts: await stat(one) })));
  return all.flatMap(({ path: one, facts }) => (facts.isFile() ? [{ path: one, bytes: facts.size }] : []));
}

/** Copies the files of a model into a folder of its own. */
async function copyModel(
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
    for (const { path, bytes } of files) {
      if (signal.aborted) throw canceled('The copy was canceled.');
      await cp(path, join(partial, basename(path)));
      done += bytes;
      report({ phase: 'copy', done, total, unit: 'byte' });
    }
    await rename(partial, to);
  } catch (error) {
    removeBelow(dirname(to), partial);
    throw error;
  }
}

/** An unused folder name below models/. */
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

/** The kind of a model folder, according to `model_inspect`. */
function kindOf(inspection: unknown): ArtifactKind {
  const { head } = inspection as { readonly head?: unknown };
  return head === 'score' ? 'reward_model' : head === 'value' ? 'critic' : 'model';
}

/** Checks a complete folder and returns its kind. Throws `model_folder_invalid` with all problems at once. */
export async function kindOfFolder(
  setup: HostSetup,
  folder: string,
  report: (step: WorkStep) => void,
  signal: AbortSignal,
): Promise<ArtifactKind> {
  return kindOf(await resultOfJob(setup, { kind: 'model_inspect', model: folder, strict: true }, report, signal));
}

/**
 * Checks a folder or a GGUF file, then adds it in place or as a copy. Nothing is added if a run could not use it. NaN and infinite
 * weights are accepted: the model can be inspected, and training refuses it.
 * Throws like {@link kindOfFolder}, and `canceled`.
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
  const folder = await freeFolder(join(setup.home, 'models'), name.replace(/\.gguf$/i, ''));
  await copyModel(path, folder, report, signal);
  return keepModel(setup, { name, folder, source: 'copied', origin: path, kind });
}

/** Marks a model as removed, or undoes that. A copy or download stays on disk for a day. Throws `model_unknown`. */
export function setModelHidden(setup: LibrarySetup, id: number, isRemoved: boolean): Model {
  requireModel(setup, id);
  const { store, now } = setup;
  durably(store.write, () => setModelRemoved(store.write, id, isRemoved ? now() : null));
  return describeModel(requireModel(setup, id), knownModels(setup.store.read));
}

/**
 * Deletes models that were removed a day ago, with copies and downloads; a linked folder is never touched. Returns the
 * reasons why folders could not be removed.
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
