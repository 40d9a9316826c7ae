import type { TensorKind } from '#contract/api/library/model-difference.ts';
import type { ModelConfig } from '../../model/config/model-config.ts';
import { familyOf } from '../../model/families/family-of.ts';
import { fileNameOf } from '../../model/files/match-weights.ts';
import { openModelFolder } from '../../model/files/model-folder.ts';
import { headKindIn } from '../../model/heads.ts';
import { createLanguageModel } from '../../model/language-model.ts';
import type { WeightFiles } from '../../model/safetensors/weight-files.ts';
import { createValueModel } from '../../model/value-model.ts';

/** A model whose tensors are read one at a time, under the names that Keel has for them. */
export interface ComparedModel {
  readonly path: string;
  readonly config: ModelConfig;
  readonly files: WeightFiles;
  /** Names in the files by Keel's names. */
  readonly names: ReadonlyMap<string, string>;
}

function namesIn(files: WeightFiles, config: ModelConfig): Map<string, string> {
  const head = headKindIn(files.tensors.keys());
  const { trunkParameters, headParameters } = head ? createValueModel(config, head) : createLanguageModel(config);
  const { ignored, headNames } = familyOf(config.family);
  const names = new Map<string, string>();
  for (const { name } of [...trunkParameters, ...headParameters]) {
    const found = fileNameOf(files, config, name);
    if (found !== null) names.set(name, found);
  }
  const used = new Set(names.values());
  for (const name of files.tensors.keys()) {
    // An output matrix beside a tied embedding is that embedding.
    const isCopy = config.tied && headNames.includes(name);
    if (!(used.has(name) || isCopy || ignored.test(name))) names.set(name, name);
  }
  return names;
}

/** Opens a model folder, a GGUF file, or an adapter, whose weights are merged as they are read. Close `files` when done. */
export function openCompared(path: string): ComparedModel {
  const { config, files } = openModelFolder(path);
  return { path, config, files, names: namesIn(files, config) };
}

/** A tied output matrix is compared with one of its own as what it is: the embedding. */
export function untiedNames(model: ComparedModel, other: ComparedModel): ReadonlyMap<string, string> {
  const { embeddingName, headNames } = familyOf(model.config.family);
  const embedding = model.names.get(embeddingName);
  const isMissing = headNames.some((name) => other.names.has(name) && !model.names.has(name));
  if (!model.config.tied || embedding === undefined || !isMissing) return model.names;
  return new Map([...model.names, [headNames[0], embedding]]);
}

/** The layer and the kind of a tensor. */
export function placeOf(name: string, { family }: ModelConfig): { layer: number | null; kind: TensorKind } {
  const { embeddingName, headNames } = familyOf(family);
  const layer = /\.(?:h|layers)\.(\d+)\./.exec(name)?.[1];
  const kinds: readonly (readonly [TensorKind, boolean])[] = [
    ['embedding', name === embeddingName || /\bwpe\b/.test(name)],
    ['output', headNames.includes(name) || /^(score|value_head|head)\./.test(name)],
    ['norm', /norm|\bln_/.test(name)],
    ['attention', /attn|attention/.test(name)],
    ['mlp', /\bmlp\b/.test(name)],
  ];
  const kind = kinds.find(([, isOf]) => isOf)?.[0] ?? 'other';
  return { layer: layer === undefined ? null : Number(layer), kind };
}
