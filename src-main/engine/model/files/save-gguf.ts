import type { GgufExportType } from '#contract/gguf-types.ts';
import { familyOfModelType, renamer } from '../../gguf/families/gguf-families.ts';
import { LONG_FACTORS, longFactors, SHORT_FACTORS } from '../../gguf/families/longrope-factors.ts';
import { REMAINDERS, remaindersText } from '../../gguf/families/norm-remainders.ts';
import { FACTORS_TENSOR, rotaryFactors } from '../../gguf/families/rotary-fields.ts';
import { otherOrder, otherShape, shiftRemainders } from '../../gguf/families/tensor-layouts.ts';
import { chooseType } from '../../gguf/write/choose-type.ts';
import type { WrittenEntry } from '../../gguf/write/header-bytes.ts';
import { modelEntries, modelRemarks } from '../../gguf/write/model-entries.ts';
import {
  safeName,
  tokenizerEntries,
  tokenizerRemarks,
  type WrittenTokenizer,
} from '../../gguf/write/tokenizer-entries.ts';
import { type GgufTensorToWrite, storedBytes, writeGguf } from '../../gguf/write/write-gguf.ts';
import type { Variables } from '../../runtime/types.ts';
import type { ModelConfig } from '../config/model-config.ts';
import type { LanguageModel } from '../language-model.ts';

interface Source {
  readonly variables: Variables;
  readonly prefix: string;
  readonly model: LanguageModel;
}

/** The model's tensors with their names and layouts in GGUF. */
function renamed({ variables, prefix, model }: Source) {
  const { family } = model.config;
  const rename = renamer(familyOfModelType(family), 'hf');
  return [...model.trunkParameters, ...model.headParameters].map(({ name, shape: stored }) => {
    const other = rename(name);
    if (!other) throw new Error(`${family} has no name for ${name} in GGUF.`);
    const values = () => variables.read(`${prefix}/${name}`).data as Float32Array<ArrayBuffer>;
    return { ...other, stored, values };
  });
}

function plannedTensors(source: Source, type: GgufExportType): GgufTensorToWrite[] {
  const { layers, tied, heads, keyValueHeads, headWidth } = source.model.config;
  return renamed(source).map(({ name, layout, stored, values }) => {
    const shape = otherShape(stored, layout);
    const read = () => otherOrder(values(), stored, layout, { heads, keyValueHeads, headWidth }, 'gguf');
    return { name, shape, type: chooseType(type, { name, shape, layers, tied }), read };
  });
}

/** Factors of rotary positions, which GGUF stores as tensors. */
function factorTensors(config: ModelConfig): GgufTensorToWrite[] {
  const long = longFactors(config);
  const all = [
    [FACTORS_TENSOR, rotaryFactors(config)?.values],
    [LONG_FACTORS, long?.long],
    [SHORT_FACTORS, long?.short],
  ] as const;
  return all.flatMap(([name, values]) =>
    values ? [{ name, shape: [values.length], type: 'F32' as const, read: () => values }] : [],
  );
}

function remainderEntries(source: Source): WrittenEntry[] {
  const norms = renamed(source).filter(({ layout }) => layout === 'shifted');
  const text = remaindersText(norms.map(({ values }) => shiftRemainders(values())));
  return text === null ? [] : [[REMAINDERS, 'string', text]];
}

/** A file that is ready to be written. */
export interface PlannedGguf {
  /** Bytes of the tensors. */
  readonly bytes: number;
  /** Number of tensors by type. */
  readonly types: Readonly<Record<string, number>>;
  /** What the file says otherwise than its model. */
  readonly remarks: readonly string[];
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
  const { config } = model;
  const source = { variables, prefix, model };
  const entries = [
    ...modelEntries(config, type, safeName(name, tokenizer)),
    ...remainderEntries(source),
    ...tokenizerEntries(tokenizer, config.vocabSize),
  ];
  const tensors = [...factorTensors(config), ...plannedTensors(source, type)];
  const types: Record<string, number> = {};
  for (const tensor of tensors) types[tensor.type] = (types[tensor.type] ?? 0) + 1;
  return {
    bytes: tensors.reduce((sum, tensor) => sum + storedBytes(tensor), 0),
    types,
    remarks: [...modelRemarks(config), ...tokenizerRemarks(tokenizer)],
    write: (path) => writeGguf(path, entries, tensors),
  };
}
