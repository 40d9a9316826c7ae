import { realpathSync } from 'node:fs';
import { KeelError } from '#contract/errors.ts';
import { baseFolderOf, folderSignature, givenBaseEnvironment, isAdapterFolder } from '#engine/adapter-base.ts';
import { knownModelsEnvironment } from '#engine/known-bases.ts';
import type { HostSetup } from '../runs/host/host-setup.ts';
import type { ReadableDb } from '../store/database.ts';
import { listModels, type StoredModel } from '../store/queries/models.ts';
import type { PlacedModel } from './placed-model.ts';

/** The library's models, among which an adapter's base is looked for by its name. */
export function knownModels(db: ReadableDb): readonly StoredModel[] {
  return listModels(db).filter(({ removedAt }) => removedAt === null);
}

/** Lets every engine process know the library's models and, where a request gives one, the base of its adapters. */
export function withLibrary(
  db: ReadableDb,
  environment: HostSetup['engineEnvironment'],
): HostSetup['engineEnvironment'] {
  return (settings, request) => ({
    ...environment(settings, request),
    ...knownModelsEnvironment(knownModels(db)),
    ...givenBaseEnvironment(request.adapterBase ?? null),
  });
}

/**
 * What models that can share an engine have in common: the folder with the weights of all of them as it is now. Null if
 * an adapter's base cannot be found, which the job reports.
 */
export function sharedPlace(db: ReadableDb, { folder, checkpoint }: PlacedModel, base: string | null): string | null {
  try {
    const isAdapter = checkpoint === null && isAdapterFolder(folder);
    const weights = realpathSync(isAdapter ? (base ?? baseFolderOf(folder, knownModels(db))) : folder);
    return JSON.stringify([weights, folderSignature(weights), checkpoint, base]);
  } catch {
    return null;
  }
}

/** The same for a model whose weights nobody shares: an adapter is merged into them. */
export function ownPlace(db: ReadableDb, placed: PlacedModel, base: string | null): string | null {
  const place = sharedPlace(db, placed, base);
  return place === null ? null : JSON.stringify([place, placed.folder, folderSignature(placed.folder)]);
}

/** Refuses a base for models none of which is an adapter. Throws `base_without_adapter`. */
export function requireAdapter(base: string | null, models: readonly string[]): void {
  if (base === null || models.some(isAdapterFolder)) return;
  throw new KeelError({
    code: 'base_without_adapter',
    why: `A base (${base}) is for an adapter, and ${models.join(' and ')} has weights of its own.`,
    fix: 'Leave out --base, or name the folder of an adapter.',
  });
}
