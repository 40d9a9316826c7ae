import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Fault, KeelError } from '#contract/errors.ts';
import { ADAPTER_WEIGHTS } from '../../adapter-base.ts';
import type { ModelConfig } from '../config/model-config.ts';
import { createLanguageModel } from '../language-model.ts';
import { isFloatDtype } from '../safetensors/dtypes.ts';
import { openWeightFile, type WeightFiles } from '../safetensors/weight-files.ts';
import { type Adapter, type AdapterTarget, adaptableWeights, factorNames, rankOf } from './adapter.ts';
import { type PeftConfig, PREFIX, readPeftConfig } from './peft-config.ts';

/** An adapter's files, checked against its base's config; no values have been read yet. */
export interface AdapterFiles extends PeftConfig {
  readonly adapter: Adapter;
  /** Names of tensors that the adapter holds whole: a head's, or a base weight that PEFT saved with its adapter. */
  readonly ownNames: ReadonlySet<string>;
  /** Values by Keel's name: a factor, or a tensor of {@link ownNames}. */
  read(name: string): Float32Array<ArrayBuffer>;
  /** Shape of a tensor that the adapter holds. */
  shape(name: string): readonly number[];
  close(): void;
}

const shapeText = (shape: readonly number[]) => `[${shape.join(', ')}]`;

function mismatch(path: string, faults: readonly Fault[]): KeelError {
  const listed = faults.slice(0, 5).map(({ where, why }) => `${where} ${why}`);
  const more = faults.length > listed.length ? `, and ${faults.length - listed.length} more` : '';
  return new KeelError({
    code: 'adapter_mismatch',
    why: `${path} does not fit its base model: ${listed.join('; ')}${more}.`,
    fix: 'Check base_model_name_or_path in adapter_config.json: it must name the model that the adapter was trained on.',
    faults,
  });
}

/** PEFT's names without prefix and, in files of its in-memory names, without the adapter's name. */
function bareNames(files: WeightFiles): ReadonlyMap<string, string> {
  const bare = (name: string) =>
    name
      .replace(PREFIX, '')
      .replace(/\.(lora_[AB])\.default\.weight$/, '.$1.weight')
      .replace(/\.(lora_embedding_[AB])\.default$/, '.$1')
      .replace('.modules_to_save.default', '')
      // The base's own weight, which PEFT saves beside the adapter of an embedding.
      .replace(/\.base_layer\.weight$/, '.weight');
  return new Map([...files.tensors.keys()].map((name) => [bare(name), name]));
}

function targetsIn(
  files: WeightFiles,
  names: ReadonlyMap<string, string>,
  config: ModelConfig,
  peft: PeftConfig,
): { targets: Map<string, AdapterTarget>; used: Set<string>; faults: Fault[] } {
  const { trunkParameters, headParameters } = createLanguageModel(config);
  const targets = new Map<string, AdapterTarget>();
  const used = new Set<string>();
  const faults: Fault[] = [];
  for (const [weight, layer] of adaptableWeights(config, [...trunkParameters, ...headParameters])) {
    const { a, b } = factorNames(layer);
    const { r, scale } = rankOf(peft.settings, layer.module);
    const wanted = [
      [a, [r, layer.inputs]],
      [b, [layer.outputs, r]],
    ] as const;
    const found = wanted.filter(([name]) => names.has(name));
    for (const [name, shape] of found) {
      used.add(name);
      const own = files.tensors.get(names.get(name) as string)!;
      if (shapeText(own.shape) !== shapeText(shape))
        faults.push({ where: name, why: `is ${shapeText(own.shape)} instead of ${shapeText(shape)}` });
      if (!isFloatDtype(own.dtype)) faults.push({ where: name, why: `has dtype ${own.dtype}` });
    }
    if (found.length === 1) faults.push({ where: layer.module, why: 'has only one of its two factors' });
    if (found.length === 2) targets.set(weight, { ...layer, r, scale });
  }
  return { targets, used, faults };
}

/**
 * Opens an adapter folder and checks every tensor against the base's config. Close when done.
 * @throws KeelError of {@link readPeftConfig}, `adapter_weights_missing`, `adapter_mismatch`, `safetensors_invalid`.
 */
export function openAdapterFiles(folder: string, config: ModelConfig): AdapterFiles {
  const peft = readPeftConfig(folder);
  const path = join(folder, ADAPTER_WEIGHTS);
  if (!existsSync(path)) {
    throw new KeelError({
      code: 'adapter_weights_missing',
      why: `${folder} has an adapter_config.json but no ${ADAPTER_WEIGHTS}.`,
      fix: 'Save the adapter with PEFT as safetensors: save_pretrained(folder, safe_serialization=True).',
    });
  }
  const files = openWeightFile(path);
  try {
    const names = bareNames(files);
    const { targets, used, faults } = targetsIn(files, names, config, peft);
    const whole = [...names.keys()].filter((name) => !used.has(name));
    const ownNames = new Set(whole.filter((name) => /^(score|value_head|head)\./.test(name) || targets.has(name)));
    for (const name of whole) {
      if (!ownNames.has(name)) faults.push({ where: name, why: 'is not a tensor that Keel can add to the base' });
    }
    if (faults.length > 0) throw mismatch(path, faults);
    return {
      ...peft,
      adapter: { targets, dropout: peft.settings.loraDropout, seed: 0 },
      ownNames,
      read: (name) => files.read(names.get(name) as string),
      shape: (name) => files.tensors.get(names.get(name) as string)!.shape,
      close: files.close,
    };
  } catch (error) {
    files.close();
    throw error;
  }
}
