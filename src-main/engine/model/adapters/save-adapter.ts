import { join } from 'node:path';
import { ADAPTER_CONFIG, ADAPTER_WEIGHTS } from '../../adapter-base.ts';
import type { Variables } from '../../runtime/types.ts';
import type { ModelConfig } from '../config/model-config.ts';
import type { HeadKind } from '../heads.ts';
import { createLanguageModel } from '../language-model.ts';
import type { Parameter } from '../parameters.ts';
import { writeSafetensors, writeTextAtomically } from '../safetensors/write-safetensors.ts';
import { type Adapter, adaptableWeights, adapterParameters, type LoraSettings } from './adapter.ts';
import { PREFIX, peftConfigJson } from './peft-config.ts';

/** What is saved: an adapter and, for a value model, the head that belongs to it. */
export interface SavedAdapter {
  readonly adapter: Pick<Adapter, 'targets'>;
  readonly settings: LoraSettings;
  /** Path of the base model's folder, as adapter_config.json names it. */
  readonly base: string;
  readonly config: ModelConfig;
  /** Absent for a language model. */
  readonly head?: HeadKind;
  readonly headParameters: readonly Parameter[];
  /** For a reward model: how the responses ended that it was trained on. */
  readonly responseEnds: ModelConfig['responseEnds'];
}

const lastPart = (module: string) => module.split('.').at(-1) as string;

/** Last parts of the names of adapted layers, or their whole names where those would name others as well. */
function targetModules({ adapter, config }: SavedAdapter): readonly string[] {
  const modules = [...adapter.targets.values()].map(({ module }) => module);
  const names = new Set(modules.map(lastPart));
  const { trunkParameters, headParameters } = createLanguageModel(config);
  const all = [...adaptableWeights(config, [...trunkParameters, ...headParameters]).values()];
  const named = all.filter(({ module }) => names.has(lastPart(module)));
  return (named.length === modules.length ? [...names] : modules).toSorted();
}

/**
 * Writes adapter_config.json and adapter_model.safetensors as PEFT does, from variables `<prefix>/<name>`: a folder
 * that PEFT opens on the base. Each file is written atomically.
 */
export function saveAdapter(folder: string, variables: Variables, prefix: string, saved: SavedAdapter): void {
  const heads = saved.head === undefined ? [] : saved.headParameters;
  const tensors = [...adapterParameters(saved.adapter), ...heads].map(({ name, shape }) => ({
    name: `${PREFIX}${name}`,
    shape,
    read: () => variables.read(`${prefix}/${name}`).data,
  }));
  writeSafetensors(join(folder, ADAPTER_WEIGHTS), tensors);
  const json = peftConfigJson(saved.settings, {
    base: saved.base,
    targetModules: targetModules(saved),
    isConv1d: [...saved.adapter.targets.values()].some(({ kind }) => kind === 'conv1d'),
    saved: [...new Set(heads.map(({ name }) => name.split('.')[0] as string))],
    task: saved.head === undefined ? 'CAUSAL_LM' : saved.head === 'score' ? 'SEQ_CLS' : null,
    responseEnds: saved.responseEnds,
  });
  writeTextAtomically(join(folder, ADAPTER_CONFIG), `${JSON.stringify(json, null, 2)}\n`);
}
