import type { ModelConfig } from '../config/model-config.ts';
import { familyOf } from '../families/family-of.ts';
import { fileNameOf } from '../files/match-weights.ts';
import type { TensorEntry } from '../safetensors/parse-header.ts';
import type { WeightFiles } from '../safetensors/weight-files.ts';
import { type AdapterTarget, factorNames } from './adapter.ts';
import type { AdapterFiles } from './adapter-files.ts';

/** Adds scale · B A to a weight, in the weight's own layout; sums are in float64, the result is float32. */
function addProduct(weight: Float32Array, a: Float32Array, b: Float32Array, target: AdapterTarget): void {
  const { r, scale, inputs, outputs, kind } = target;
  // A linear layer's weight is [out, in]; Conv1D's and an embedding's are [in, out].
  const isTransposed = kind !== 'linear';
  const row = new Float64Array(inputs);
  for (let output = 0; output < outputs; output++) {
    row.fill(0);
    for (let inner = 0; inner < r; inner++) {
      const factor = scale * b[output * r + inner]!;
      if (factor === 0) continue;
      const from = inner * inputs;
      for (let input = 0; input < inputs; input++) row[input]! += factor * a[from + input]!;
    }
    for (let input = 0; input < inputs; input++) {
      weight[isTransposed ? input * outputs + output : output * inputs + input]! += row[input]!;
    }
  }
}

/** An addition to the rows of a tied embedding is none to the output matrix, so that the two become separate. */
function isUntied({ family, tied }: ModelConfig, { adapter }: AdapterFiles): boolean {
  return tied && adapter.targets.has(familyOf(family).embeddingName);
}

/** The config of a base with an adapter merged into it. */
export function mergedConfig(base: ModelConfig, adapter: AdapterFiles): ModelConfig {
  const config = { ...base, responseEnds: adapter.responseEnds ?? base.responseEnds };
  if (!isUntied(base, adapter)) return config;
  return { ...config, tied: false, raw: { ...config.raw, tie_word_embeddings: false } };
}

/**
 * A base's weights with an adapter added, tensor by tensor as they are read: W + scale · B A in float32. Tensors that
 * the adapter holds whole replace the base's. They fit {@link mergedConfig}. Closes both.
 */
export function mergedFiles(base: WeightFiles, adapter: AdapterFiles, config: ModelConfig): WeightFiles {
  const { embeddingName, headNames } = familyOf(config.family);
  const embedding = fileNameOf(base, config, embeddingName);
  const untied = embedding !== null && isUntied(config, adapter) ? embedding : null;
  const targets = new Map<string, AdapterTarget>();
  for (const [weight, target] of adapter.adapter.targets) {
    const name = fileNameOf(base, config, weight);
    if (name !== null) targets.set(name, target);
  }
  const tensors = new Map<string, TensorEntry>(base.tensors);
  // A base's file may name a tensor without the trunk's prefix.
  const own = new Map([...adapter.ownNames].map((name) => [fileNameOf(base, config, name) ?? name, name]));
  for (const [name, ownName] of own) {
    tensors.set(name, { name, dtype: 'F32', shape: adapter.shape(ownName), begin: 0, end: 0 });
  }
  const readOwn = (name: string) => {
    const ownName = own.get(name);
    return ownName === undefined ? base.read(name) : adapter.read(ownName);
  };
  if (untied !== null) tensors.set(headNames[0], { ...base.tensors.get(untied)!, name: headNames[0] });
  return {
    tensors,
    files: base.files,
    isFloat: (name) => own.has(name) || base.isFloat(untied !== null && name === headNames[0] ? untied : name),
    read: (name) => {
      if (untied !== null && name === headNames[0]) return readOwn(untied);
      const values = readOwn(name);
      const target = targets.get(name);
      if (!target) return values;
      const { a, b } = factorNames(target);
      addProduct(values, adapter.read(a), adapter.read(b), target);
      return values;
    },
    close: () => {
      base.close();
      adapter.close();
    },
  };
}
