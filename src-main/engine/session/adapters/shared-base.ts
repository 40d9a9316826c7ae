import { realpathSync } from 'node:fs';
import { KeelError } from '#contract/errors.ts';
import { baseFolderOf, isAdapterFolder } from '../../adapter-base.ts';
import { type Adapter, adapterParameters, type LoraSettings, planAdapter } from '../../model/adapters/adapter.ts';
import { type AdapterFiles, openAdapterFiles } from '../../model/adapters/adapter-files.ts';
import { fileNameOf } from '../../model/files/match-weights.ts';
import { openModelFolder } from '../../model/files/model-folder.ts';
import { createTogether } from '../../model/files/variable-files.ts';
import { initializeParameters } from '../../model/initial-values.ts';
import type { LanguageModel } from '../../model/language-model.ts';
import { loadLanguageModel } from '../../model/load-model.ts';
import { float32 } from '../../runtime/host-tensor.ts';
import type { StoredDtype } from '../../runtime/stored/stored-dtype.ts';
import type { Variables } from '../../runtime/types.ts';

/** Prefix of the shared base's variables. */
export const BASE = 'base';

/** A frozen language model in memory that every adapted model of a run reads. */
export interface SharedBase {
  readonly folder: string;
  readonly model: LanguageModel;
}

/** An adapter below its own prefix, and what its folder will say of it. */
export interface PlacedAdapter {
  readonly adapter: Adapter;
  readonly settings: LoraSettings;
}

/** The folder of a model's weights: an adapter's base, or the folder itself. */
export function weightsFolder(folder: string): string {
  return isAdapterFolder(folder) ? baseFolderOf(folder) : folder;
}

/** Loads the base of a model folder or adapter, frozen, below `base/`. */
export function loadSharedBase(variables: Variables, folder: string, stored: StoredDtype): SharedBase {
  const base = weightsFolder(folder);
  return { folder: base, model: loadLanguageModel(variables, BASE, base, { stored }) };
}

/** Whether a folder is the base itself or an adapter on it. */
export function isOnBase(base: Pick<SharedBase, 'folder'>, folder: string): boolean {
  return realpathSync(weightsFolder(folder)) === realpathSync(base.folder);
}

const parametersOf = ({ trunkParameters, headParameters }: LanguageModel) => [...trunkParameters, ...headParameters];

/** The error for names in `adapter.target_modules` that no layer has. */
export function unknownTargets(unknown: readonly string[], model: LanguageModel): KeelError {
  const known = new Set(
    parametersOf(model).flatMap(({ name, layer }) =>
      layer
        ? [
            name
              .replace(/\.weight$/, '')
              .split('.')
              .at(-1)!,
          ]
        : [],
    ),
  );
  return new KeelError({
    code: 'adapter_target_unknown',
    why: `No layer of the model is named ${unknown.map((name) => JSON.stringify(name)).join(' or ')}.`,
    fix: `Set adapter.target_modules to "all-linear", or to some of ${[...known].join(', ')}.`,
  });
}

/** The adapter that settings describe for a model. @throws KeelError `adapter_target_unknown` */
export function plannedAdapter(model: LanguageModel, settings: LoraSettings, seed: number): Adapter {
  const { adapter, unknown } = planAdapter(model.config, parametersOf(model), settings, seed);
  if (unknown.length > 0) throw unknownTargets(unknown, model);
  return adapter;
}

/**
 * A base weight that is saved with an adapter must be the base's, since models share it. Compared with the file: in
 * memory, the base may be rounded.
 */
function expectOwnBase(base: SharedBase, adapter: AdapterFiles, folder: string): void {
  const { config } = base.model;
  const { files } = openModelFolder(base.folder);
  const isOther = (name: string) => {
    const theirs = files.read(fileNameOf(files, config, name) as string);
    return adapter.read(name).some((value, index) => value !== theirs[index]);
  };
  const name = [...adapter.ownNames].find((own) => adapter.adapter.targets.has(own) && isOther(own));
  files.close();
  if (name !== undefined) {
    throw new KeelError({
      code: 'adapter_base_changed',
      why: `${folder} contains a ${name} that differs from its base's, so that it cannot share the base.`,
      fix: 'Merge the adapter with `keel model merge ADAPTER`, and start from the merged model.',
    });
  }
}

function replaceBase(variables: Variables, files: AdapterFiles): void {
  for (const name of files.ownNames) {
    if (!files.adapter.targets.has(name)) continue;
    variables.assign(`${BASE}/${name}`, float32(files.read(name), files.shape(name)));
  }
}

/** New factors, or those of an adapter folder, with the named tensors that it holds whole. */
export type AdapterStart =
  | { readonly settings: LoraSettings; readonly seed: number }
  | {
      readonly folder: string;
      readonly whole?: readonly string[];
      readonly dropout?: number;
      readonly seed?: number;
      /** Puts base weights that the folder contains in place of the base's, which then is this adapter's alone. */
      readonly replacesBase?: boolean;
    };

/** Creates an adapter's factors below a prefix. */
export function placeAdapter(
  variables: Variables,
  prefix: string,
  base: SharedBase,
  start: AdapterStart,
): PlacedAdapter {
  if ('settings' in start) {
    const adapter = plannedAdapter(base.model, start.settings, start.seed);
    initializeParameters(variables, prefix, adapterParameters(adapter), start.seed);
    return { adapter, settings: start.settings };
  }
  const files = openAdapterFiles(start.folder, base.model.config);
  try {
    if (start.replacesBase) replaceBase(variables, files);
    else expectOwnBase(base, files, start.folder);
    createTogether(variables, prefix, () => {
      for (const { name, shape } of adapterParameters(files.adapter))
        variables.create(`${prefix}/${name}`, float32(files.read(name), shape));
      for (const name of start.whole ?? [])
        variables.create(`${prefix}/${name}`, float32(files.read(name), files.shape(name)));
    });
    const { dropout = 0, seed = 0 } = start;
    return { adapter: { ...files.adapter, dropout, seed }, settings: { ...files.settings, loraDropout: dropout } };
  } finally {
    files.close();
  }
}
