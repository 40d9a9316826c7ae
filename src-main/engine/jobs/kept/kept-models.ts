import { KeelError } from '#contract/errors.ts';
import { folderSignature, isAdapterFolder } from '../../adapter-base.ts';
import { adaptedWeights } from '../../model/adapters/adapted-weights.ts';
import type { LanguageModel } from '../../model/language-model.ts';
import { loadLanguageModel, loadValueModel } from '../../model/load-model.ts';
import type { ValueModel } from '../../model/value-model.ts';
import { type PlacedModel, plainWeights } from '../../model/weights.ts';
import type { Runtime } from '../../runtime/types.ts';
import { BASE, loadSharedBase, placeAdapter, type SharedBase } from '../../session/adapters/shared-base.ts';

/** What an engine process keeps from one job to the next. */
class Kept {
  base: SharedBase | null = null;
  readonly #values = new Map<string, unknown>();

  /** The value of a key, made on first use. `number` counts the values: a name that none has used. */
  get<T>(key: string, make: (number: number) => T): T {
    if (!this.#values.has(key)) this.#values.set(key, make(this.#values.size));
    return this.#values.get(key) as T;
  }
}

const KEPT = new WeakMap<Runtime, Kept>();

/** What the process of a runtime keeps; empty at first. */
export function keptOf(runtime: Runtime): Kept {
  const known = KEPT.get(runtime);
  if (known) return known;
  const made = new Kept();
  KEPT.set(runtime, made);
  return made;
}

/** An adapter beside the base; on its own, if it changes the base itself. */
function besideBase(
  { variables }: Runtime,
  base: SharedBase,
  folder: string,
  prefix: string,
): PlacedModel<LanguageModel> {
  try {
    const { adapter } = placeAdapter(variables, prefix, base, { folder });
    const weightsOf = adaptedWeights({ base: BASE, own: prefix, adapter, ownNames: new Set() });
    return { model: base.model, weightsOf };
  } catch (error) {
    if (!(error instanceof KeelError) || error.code !== 'adapter_base_changed') throw error;
    return { model: loadLanguageModel(variables, prefix, folder), weightsOf: plainWeights(prefix) };
  }
}

/**
 * A model of a conversation: loaded at its first job, and adapters beside one copy of their base. All models of a
 * process must have the same base, which the host sees to.
 */
export function openKept(runtime: Runtime, folder: string): PlacedModel<LanguageModel> {
  const kept = keptOf(runtime);
  return kept.get(`model ${folder} ${folderSignature(folder)}`, (number) => {
    kept.base ??= loadSharedBase(runtime.variables, folder, 'float32');
    if (isAdapterFolder(folder)) return besideBase(runtime, kept.base, folder, `model${number}`);
    return { model: kept.base.model, weightsOf: plainWeights(BASE) };
  });
}

const LOADERS = { language: loadLanguageModel, value: loadValueModel } as const;

interface Loaded {
  readonly language: LanguageModel;
  readonly value: ValueModel;
}

/** The model of a job outside of conversations: its own weights alone, or an adapter merged into its base. */
export function openWhole<Kind extends keyof Loaded>(
  runtime: Runtime,
  kind: Kind,
  { model: folder, keeps }: { readonly model: string; readonly keeps: boolean },
): PlacedModel<Loaded[Kind]> {
  const load = (prefix: string) => {
    const model = LOADERS[kind](runtime.variables, prefix, folder) as Loaded[Kind];
    return { model, weightsOf: plainWeights(prefix) };
  };
  if (!keeps) return load('model');
  return keptOf(runtime).get(`${kind} model ${folder} ${folderSignature(folder)}`, (number) => load(`model${number}`));
}

/** A step of a job on its model, which a process that stays records once. */
export function keptStep<Step>(
  runtime: Runtime,
  name: string,
  { model: folder, keeps }: { readonly model: string; readonly keeps: boolean },
  make: (name: string) => Step,
): Step {
  if (!keeps) return make(name);
  return keptOf(runtime).get(`${name} ${folder} ${folderSignature(folder)}`, (number) => make(`${name} ${number}`));
}
