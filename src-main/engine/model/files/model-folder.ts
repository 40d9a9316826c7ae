import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { KeelError } from '#contract/errors.ts';
import { baseFolderOf, isAdapterFolder } from '../../adapter-base.ts';
import { ggufConfig, ggufFileOf, ggufGenerationConfig, withGguf } from '../../gguf/model-files.ts';
import { openGguf } from '../../gguf/open-gguf.ts';
import { openAdapterFiles } from '../adapters/adapter-files.ts';
import { mergedConfig, mergedFiles } from '../adapters/merged-files.ts';
import type { ModelConfig } from '../config/model-config.ts';
import { parseModelConfig } from '../config/parse-config.ts';
import { openWeightFiles, type WeightFiles } from '../safetensors/weight-files.ts';
import { ggufWeights } from './gguf-weights.ts';

/** A model folder whose config and weight headers have been checked; no values have been read yet. */
export interface ModelFolder {
  readonly path: string;
  readonly config: ModelConfig;
  readonly files: WeightFiles;
  /** generation_config.json as read; null if it does not exist. */
  readonly generationConfig: Readonly<Record<string, unknown>> | null;
}

const MAX_JSON_BYTES = 16_000_000;

/** Reads a small JSON file of a model folder; null if it does not exist. */
function readJson(folder: string, name: string): unknown {
  const path = join(folder, name);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return null;
  const invalid = (why: string, fix: string) =>
    new KeelError({ code: 'model_json_invalid', why: `${path} ${why}.`, fix });
  if (!stats.isFile()) throw invalid('is not a regular file', 'Put the actual file there.');
  if (stats.size > MAX_JSON_BYTES) throw invalid('is larger than 16 MB', 'Download the model folder again.');
  const text = readFileSync(path, 'utf8');
  if (text.startsWith('version https://git-lfs'))
    throw invalid('is a Git LFS pointer', 'Run `git lfs pull` in the model folder.');
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    throw invalid('is not valid JSON', 'Download it again.');
  }
}

const FOREIGN: readonly (readonly [RegExp, string])[] = [
  [/\.(bin|pt|pth|ckpt)$/, 'pickled PyTorch weights, which can run code when opened'],
  [/^(saved_model\.pb|tf_model\.h5|flax_model\.msgpack)$/, 'TensorFlow or Flax weights'],
];

function weightsMissing(folder: string): KeelError {
  for (const name of readdirSync(folder)) {
    const foreign = FOREIGN.find(([pattern]) => pattern.test(name));
    if (!foreign) continue;
    return new KeelError({
      code: 'model_unsafe_format',
      why: `${folder} contains ${name}: ${foreign[1]}. Keel reads safetensors and GGUF.`,
      fix: 'Load the model in transformers and save it with save_pretrained(folder, safe_serialization=True).',
    });
  }
  const gguf = readdirSync(folder).find((name) => name.endsWith('.gguf'));
  return new KeelError({
    code: 'model_weights_missing',
    why: `${folder} contains neither model.safetensors nor model.safetensors.index.json.`,
    fix: gguf
      ? `Specify ${join(folder, gguf)} itself, or complete the download of the model folder.`
      : 'Complete the download of the model folder.',
  });
}

function readAdaptedConfig(folder: string): ModelConfig {
  const config = readModelConfig(baseFolderOf(folder));
  const adapter = openAdapterFiles(folder, config);
  adapter.close();
  return mergedConfig(config, adapter);
}

/**
 * Reads and checks the config.json of a folder, or of an adapter's base, or what a GGUF file has instead.
 * @throws KeelError `model_folder_missing`, `model_config_missing` and those of {@link parseModelConfig} and
 * {@link openGguf}.
 */
export function readModelConfig(folder: string): ModelConfig {
  const gguf = ggufFileOf(folder);
  if (gguf !== null) return withGguf(gguf, (file) => parseModelConfig(ggufConfig(file), gguf));
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new KeelError({
      code: 'model_folder_missing',
      why: `${folder} is neither a folder nor a .gguf file.`,
      fix: 'Specify the path of a model folder or of a GGUF file.',
    });
  }
  if (isAdapterFolder(folder)) return readAdaptedConfig(folder);
  const raw = readJson(folder, 'config.json');
  if (raw === null) {
    throw new KeelError({
      code: 'model_config_missing',
      why: `${folder} has no config.json.`,
      fix: 'Specify a Hugging Face model folder; it contains config.json and model.safetensors.',
    });
  }
  return parseModelConfig(raw, join(folder, 'config.json'));
}

/** An adapter as the model that it makes of its base: weights are merged as they are read. */
function openAdapted(folder: string): ModelFolder {
  const base = openModelFolder(baseFolderOf(folder));
  try {
    const adapter = openAdapterFiles(folder, base.config);
    const files = mergedFiles(base.files, adapter, base.config);
    const own = readJson(folder, 'generation_config.json') as ModelFolder['generationConfig'];
    return {
      path: folder,
      config: mergedConfig(base.config, adapter),
      files,
      generationConfig: own ?? base.generationConfig,
    };
  } catch (error) {
    base.files.close();
    throw error;
  }
}

/** Opens a GGUF file as the folder that Hugging Face would have of the model. */
function openGgufModel(path: string): ModelFolder {
  const file = openGguf(path);
  try {
    const config = parseModelConfig(ggufConfig(file), path);
    return { path, config, files: ggufWeights(file, config), generationConfig: ggufGenerationConfig(file) };
  } catch (error) {
    file.close();
    throw error;
  }
}

/**
 * Opens a Hugging Face model folder, a GGUF file, or a LoRA adapter with its base: checks config.json, the headers of
 * the weights and the presence of all shards. Never runs code from the folder. Close `files` when done.
 */
export function openModelFolder(folder: string): ModelFolder {
  const gguf = ggufFileOf(folder);
  if (gguf !== null) return openGgufModel(gguf);
  if (isAdapterFolder(folder)) return openAdapted(folder);
  const config = readModelConfig(folder);
  const generation = readJson(folder, 'generation_config.json');
  const files = openWeightFiles(folder);
  if (!files) throw weightsMissing(folder);
  return { path: folder, config, files, generationConfig: generation as ModelFolder['generationConfig'] };
}
