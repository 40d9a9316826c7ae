import type { GgufExportType } from '#contract/gguf-types.ts';
import type { ModelConfig } from '../../model/config/model-config.ts';
import { familyOfModelType } from '../families/gguf-families.ts';
import { rotaryFactors } from '../families/rotary-fields.ts';
import { FILE_TYPES } from './choose-type.ts';
import type { WrittenEntry } from './header-bytes.ts';

/** The keys of a file that describe the model. @throws KeelError `gguf_unsupported` for what GGUF cannot express. */
export function modelEntries(config: ModelConfig, type: GgufExportType, name: string): WrittenEntry[] {
  const family = familyOfModelType(config.family);
  const own = family.metadata(config).map(([key, kind, value]) => [`${family.architecture}.${key}`, kind, value]);
  const note = rotaryFactors(config)?.note;
  const isQuantized = type !== 'F32' && type !== 'F16';
  return [
    ['general.architecture', 'string', family.architecture],
    ['general.type', 'string', 'model'],
    ['general.name', 'string', name],
    ['general.file_type', 'uint32', FILE_TYPES[type]],
    ...(isQuantized ? [['general.quantization_version', 'uint32', 2] as const] : []),
    ...(own as unknown as WrittenEntry[]),
    ...(note ? [['keel.rope_scaling', 'string', note] as const] : []),
    ...(config.family === 'gpt_neox' && config.activation === 'gelu_tanh'
      ? [['keel.hidden_act', 'string', 'gelu_new'] as const]
      : []),
  ];
}
