import { adaptedWeights } from '../../model/adapters/adapted-weights.ts';
import { readModelConfig } from '../../model/files/model-folder.ts';
import { headKindIn } from '../../model/heads.ts';
import { createLanguageModel, type LanguageModel } from '../../model/language-model.ts';
import { loadLanguageModel, loadValueModel } from '../../model/load-model.ts';
import type { ValueModel } from '../../model/value-model.ts';
import type { PlacedModel } from '../../model/weights.ts';
import type { Variables } from '../../runtime/types.ts';
import { inspectAdapter } from './inspect-adapter.ts';
import { BASE, placeAdapter, weightsFolder } from './shared-base.ts';

/**
 * Loads an adapter folder as PEFT does: the base in float32 below `base/`, with base weights that the folder contains in
 * place of the base's own, and the factors and a head below `<prefix>/`.
 */
export function openOnBase(
  variables: Variables,
  prefix: string,
  adapterFolder: string,
): PlacedModel<LanguageModel | ValueModel> {
  const folder = weightsFolder(adapterFolder);
  const { ownNames } = inspectAdapter(adapterFolder, readModelConfig(folder));
  const kind = headKindIn(ownNames);
  const model =
    kind === null
      ? loadLanguageModel(variables, BASE, folder)
      : loadValueModel(variables, BASE, folder, { kind, seed: 0 });
  const whole = 'values' in model ? model.headParameters.map(({ name }) => name) : [];
  const start = { folder: adapterFolder, whole, replacesBase: true };
  const base = { folder, model: createLanguageModel(model.config) };
  const { adapter } = placeAdapter(variables, prefix, base, start);
  return { model, weightsOf: adaptedWeights({ base: BASE, own: prefix, adapter, ownNames: new Set(whole) }) };
}
