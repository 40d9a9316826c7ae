import type { ModelConfig } from '../../model/config/model-config.ts';
import type { GgufFacts } from '../facts.ts';
import type { Layout } from './tensor-layouts.ts';

/** A tensor's name in both formats; `{}` stands for the number of the layer. */
export interface TensorName {
  readonly gguf: string;
  readonly hf: string;
  /** Absent if both formats store the values in the same order. */
  readonly layout?: Layout;
}

export type MetadataEntry = readonly [
  key: string,
  type: 'uint32' | 'float32' | 'bool' | 'string',
  value: number | boolean | string,
];

/** What a GGUF architecture means to Keel: one object per family. */
export interface GgufFamily {
  /** `general.architecture`, which is also the prefix of the family's keys. */
  readonly architecture: string;
  /** `model_type` of the configs that are written as this architecture. */
  readonly modelTypes: readonly string[];
  readonly tensors: readonly TensorName[];
  /** llama.cpp computes full attention where models of this architecture have sliding windows. */
  readonly ignoresWindows?: boolean;
  /** The fields of config.json, except for those that every family has. */
  config(facts: GgufFacts): Readonly<Record<string, unknown>>;
  /** The architecture's keys, without its prefix. */
  metadata(config: ModelConfig): readonly MetadataEntry[];
}

/** The keys that every family has. */
export function blockEntries(config: ModelConfig): MetadataEntry[] {
  return [
    ['block_count', 'uint32', config.layers],
    ['context_length', 'uint32', config.contextLength],
    ['embedding_length', 'uint32', config.width],
    ['feed_forward_length', 'uint32', config.innerWidth],
    ['attention.head_count', 'uint32', config.heads],
  ];
}

/** Weight and, if the layer has one, bias of a dense layer or norm. */
export function withBias(gguf: string, hf: string, layout?: Layout): TensorName[] {
  return ['weight', 'bias'].map((part) => ({
    gguf: `${gguf}.${part}`,
    hf: `${hf}.${part}`,
    ...(layout ? { layout } : {}),
  }));
}
