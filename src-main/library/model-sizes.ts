import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelSizes } from '#contract/api/library/model-library.ts';
import { KeelError } from '#contract/errors.ts';
import { type NamedMatrix, type NetworkShape, parametersOf } from '#contract/memory/network-shape.ts';
import { baseFolderOf, isAdapterFolder } from '#engine/adapter-base.ts';
import { ggufConfig, ggufFileOf, withGguf } from '#engine/gguf/model-files.ts';
import type { KnownModel } from '#engine/known-bases.ts';
import type { ModelConfig } from '#engine/model/config/model-config.ts';
import { parseModelConfig } from '#engine/model/config/parse-config.ts';
import { ggufWeights } from '#engine/model/files/gguf-weights.ts';
import { openWeightFiles } from '#engine/model/safetensors/weight-files.ts';
import { adapterFacts } from './adapter-facts.ts';
import { weightBytes } from './list-models.ts';

interface Sized {
  readonly name: string;
  readonly shape: readonly number[];
}

interface Opened {
  readonly config: ModelConfig;
  readonly tensors: readonly Sized[];
  readonly bytes: number;
}

const MAX_CONFIG_BYTES = 16_000_000;

/** The error for a path without a config and weights that can be read. */
function unreadable(folder: string, why: string): KeelError {
  return new KeelError({
    code: 'model_sizes_unknown',
    why: `${folder} ${why}.`,
    fix: 'Choose a Hugging Face model folder, a GGUF file, or an adapter that PEFT saved.',
  });
}

function openGgufSizes(path: string): Opened {
  return withGguf(path, (file) => {
    const config = parseModelConfig(ggufConfig(file), path);
    return { config, tensors: [...ggufWeights(file, config).tensors.values()], bytes: statSync(path).size };
  });
}

function readConfig(path: string): unknown {
  if (statSync(path).size > MAX_CONFIG_BYTES) throw unreadable(path, 'is larger than 16 MB');
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw unreadable(path, 'is not valid JSON');
  }
}

function openSizes(folder: string): Opened {
  const gguf = ggufFileOf(folder);
  if (gguf !== null) return openGgufSizes(gguf);
  const path = join(folder, 'config.json');
  if (!existsSync(path)) throw unreadable(folder, 'has no config.json');
  const config = parseModelConfig(readConfig(path), path);
  const files = openWeightFiles(folder);
  if (!files) throw unreadable(folder, 'has no model.safetensors');
  files.close();
  return { config, tensors: [...files.tensors.values()], bytes: weightBytes(folder) };
}

/** A weight of a block: its layer's own name. Buffers of attention masks are no weights. */
const IN_BLOCK = /\.?(?:h|layers)\.\d+\.(?:.*\.)?([^.]+)\.weight$/;
const HEAD = /^(lm_head|embed_out)\.weight$/;

/** Equal matrices of equal names, counted. */
function counted(matrices: readonly NamedMatrix[]): NamedMatrix[] {
  const groups = Map.groupBy(matrices, ({ name, inputs, outputs }) => `${name} ${inputs} ${outputs}`);
  return [...groups.values()].map((same) => ({ ...same[0]!, count: same.length }));
}

function matrixOf(name: string, [outputs = 0, inputs = 0]: readonly number[]): NamedMatrix {
  return { name, inputs, outputs, count: 1 };
}

function shapeOf({ config, tensors }: Opened): NetworkShape {
  // A file may hold the embedding once more as output matrix.
  const own = tensors.filter(({ name }) => !(config.tied && HEAD.test(name)));
  const matrices = own.filter(({ shape }) => shape.length === 2);
  const linear = matrices.flatMap(({ name, shape }) => {
    const layer = IN_BLOCK.exec(name)?.[1];
    return layer === undefined ? [] : [matrixOf(layer, shape)];
  });
  const tables = matrices.flatMap(({ name, shape }) => {
    const last = name
      .replace(/\.weight$/, '')
      .split('.')
      .at(-1)!;
    return IN_BLOCK.test(name) ? [] : [matrixOf(last, shape.toReversed())];
  });
  const vectors = own.filter(({ shape }) => shape.length === 1).reduce((sum, { shape }) => sum + shape[0]!, 0);
  const { width, layers, heads, keyValueHeads, headWidth, innerWidth, vocabSize } = config;
  const sizes = { width, layers, heads, keyValueHeads, headWidth, innerWidth, vocabSize };
  return { ...sizes, linear: counted(linear), tables, vectors };
}

/**
 * Sizes of a model folder, GGUF file, or adapter, which has those of its base. Reads configs and headers only.
 * @throws KeelError `model_sizes_unknown`, and what reading a config, a header, or an adapter's config throws.
 */
export function readModelSizes(folder: string, known: readonly KnownModel[]): ModelSizes {
  const isAdapter = isAdapterFolder(folder);
  const opened = openSizes(isAdapter ? baseFolderOf(folder, known) : folder);
  const shape = shapeOf(opened);
  const adapter = isAdapter ? adapterFacts(folder, opened.bytes, known) : null;
  const { family, contextLength: context } = opened.config;
  return { family, context, shape, parameters: parametersOf(shape), bytes: adapter?.bytes ?? opened.bytes, adapter };
}
