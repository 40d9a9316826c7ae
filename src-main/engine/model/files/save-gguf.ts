import type { GgufExportType } from '#contract/gguf-types.ts';
import { familyOfModelType, renamer } from '../../gguf/families/gguf-families.ts';
import { FACTORS_TENSOR, rotaryFactors } from '../../gguf/families/rotary-fields.ts';
import { otherOrder, otherShape } from '../../gguf/families/tensor-layouts.ts';
import { chooseType } from '../../gguf/write/choose-type.ts';
import { modelEntries } from '../../gguf/write/model-entries.ts';
import { tokenizerEntries, type WrittenTokenizer } from '../../gguf/write/tokenizer-entries.ts';
import { type GgufTensorToWrite, storedBytes, writeGguf } from '../../gguf/write/write-gguf.ts';
import type { Variables } from '../../runtime/types.ts';
import type { ModelConfig } from '../config/model-config.ts';
import type { LanguageModel } from '../language-model.ts';

function plannedTensors(
  variables: Variables,
  prefix: string,
  model: LanguageModel,
  type: GgufExportType,
): GgufTensorToWrite[] {
  const { config } = model;
  const rename = renamer(familyOfModelType(config.family), 'hf');
  const { layers, tied, heads, keyValueHeads, headWidth } = config;
  return [...model.trunkParameters, ...model.headParameters].map(({ name, shape: stored }) => {
    const other = rename(name);
    if (!other) throw new Error(`${config.family} has no name for ${name} in GGUF.`);
    const shape = otherShape(stored, other.layout);
    const read = () => {
      const values = variables.read(`${prefix}/${name}`).data as Float32Array<ArrayBuffer>;
      return otherOrder(values, stored, other.layout, { heads, keyValueHeads, headWidth }, 'gguf');
    };
    return { name: other.name, shape, type: chooseType(type, { name: other.name, shape, layers, tied }), read };
  });
}

function factorsTensor(config: ModelConfig): GgufTensorToWrite[] {
  const factors = rotaryFactors(config);
  if (!factors) return [];
  return [{ name: FACTORS_TENSOR, shape: [factors.values.length], type: 'F32', read: () => factors.values }];
}

/** A file that is ready to be written. */
export interface PlannedGguf {
  /** Bytes of the tensors. */
  readonly bytes: number;
  /** Number of tensors by type. */
  readonly types: Readonly<Record<string, number>>;
  write(path: string): void;
}

/**
 * Plans a GGUF file of a language model in variables `<prefix>/<name>`.
 * @throws KeelError `gguf_unsupported` for a family, config or tokenizer that the format or llama.cpp cannot express.
 */
export function planGguf(
  variables: Variables,
  prefix: string,
  model: LanguageModel,
  tokenizer: WrittenTokenizer,
  { type, name }: { readonly type: GgufExportType; readonly name: string },
): PlannedGguf {
  const entries = [...modelEntries(model.config, type, name), ...tokenizerEntries(tokenizer, model.config.vocabSize)];
  const tensors = [...factorsTensor(model.config), ...plannedTensors(variables, prefix, model, type)];
  const types: Record<string, number> = {};
  for (const tensor of tensors) types[tensor.type] = (types[tensor.type] ?? 0) + 1;
  return {
    bytes: tensors.reduce((sum, tensor) => sum + storedBytes(tensor), 0),
    types,
    write: (path) => writeGguf(path, entries, tensors),
  };
}
