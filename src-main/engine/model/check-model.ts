import type { ModelConfig } from './config/model-config.ts';
import { matchWeights } from './files/match-weights.ts';
import { openModelFolder } from './files/model-folder.ts';
import { headKindIn } from './heads.ts';
import { createLanguageModel } from './language-model.ts';
import { headMissing } from './load-model.ts';
import type { WeightFiles } from './safetensors/weight-files.ts';
import { createValueModel } from './value-model.ts';

/** What a folder is opened as: a language model, a trunk for a new head, or a trunk with the head that it contains. */
export type ModelUse = 'language' | 'trunk' | 'head';

function parametersFor(use: ModelUse, config: ModelConfig, files: WeightFiles, folder: string) {
  if (use === 'language') {
    const { trunkParameters, headParameters } = createLanguageModel(config);
    return [...trunkParameters, ...headParameters];
  }
  if (use === 'trunk') return createValueModel(config, 'score').trunkParameters;
  const kind = headKindIn(files.tensors.keys());
  if (kind === null) throw headMissing(folder);
  const { trunkParameters, headParameters } = createValueModel(config, kind);
  return [...trunkParameters, ...headParameters];
}

/**
 * Checks a model folder as loading it would, but reads no weights: config.json, the headers of the weight files, and
 * the names and shapes of all tensors.
 * @throws KeelError as `loadLanguageModel` and `loadValueModel`, except for values that cannot be used.
 */
export function checkModel(folder: string, use: ModelUse): ModelConfig {
  const { config, files } = openModelFolder(folder);
  try {
    matchWeights(files, config, parametersFor(use, config, files, folder));
    return config;
  } finally {
    files.close();
  }
}
