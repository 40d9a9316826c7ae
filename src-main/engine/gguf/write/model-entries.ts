import type { GgufExportType } from '#contract/gguf-types.ts';
import type { ModelConfig } from '../../model/config/model-config.ts';
import { familyOfModelType } from '../families/gguf-families.ts';
import { rotaryNote } from '../families/rotary-fields.ts';
import { CONFIG_NOTE, trainedContext, windowLimit, windowNote } from '../families/window-limit.ts';
import { FILE_TYPES } from './choose-type.ts';
import type { WrittenEntry } from './header-bytes.ts';

/** What a file says otherwise than its model, for whoever exports it. */
export function modelRemarks(config: ModelConfig): string[] {
  const limit = familyOfModelType(config.family).ignoresWindows ? windowLimit(config) : null;
  const isLong = config.family === 'phi3' && config.contextIsHard;
  return [
    ...(limit === null
      ? []
      : [
          `llama.cpp computes full attention in this family, so the file declares a context of ${limit} tokens, the length of the model's sliding window; up to there both are equal.`,
        ]),
    ...(isLong
      ? [
          `In a context of more than ${config.contextLength} tokens, llama.cpp uses the long factors of the model's rotary positions for short texts, too.`,
        ]
      : []),
  ];
}

/** The keys of a file that describe the model. @throws KeelError `gguf_unsupported` for what GGUF cannot express. */
export function modelEntries(config: ModelConfig, type: GgufExportType, name: string): WrittenEntry[] {
  const family = familyOfModelType(config.family);
  const limit = family.ignoresWindows ? windowLimit(config) : null;
  const context = limit ?? trainedContext(config);
  const own = family.metadata(config).map(([key, kind, value]) => {
    return [`${family.architecture}.${key}`, kind, key === 'context_length' ? context : value];
  });
  const fields = family.ignoresWindows ? windowNote(config) : null;
  const rotary = rotaryNote(config);
  const isQuantized = type !== 'F32' && type !== 'F16';
  return [
    ['general.architecture', 'string', family.architecture],
    ['general.type', 'string', 'model'],
    ['general.name', 'string', name],
    ['general.file_type', 'uint32', FILE_TYPES[type]],
    ...(isQuantized ? [['general.quantization_version', 'uint32', 2] as const] : []),
    ...(own as unknown as WrittenEntry[]),
    ...(fields ? [[CONFIG_NOTE, 'string', JSON.stringify(fields)] as const] : []),
    ...(rotary ? [['keel.rope_scaling', 'string', rotary] as const] : []),
    ...(config.family === 'gpt_neox' && config.activation === 'gelu_tanh'
      ? [['keel.hidden_act', 'string', 'gelu_new'] as const]
      : []),
  ];
}
