import type { z } from 'zod';
import { type Fault, KeelError } from '#contract/errors.ts';
import type { FamilyName, ModelConfig } from './model-config.ts';
import { gemma3Schema } from './parse-gemma3.ts';
import { gptNeoxSchema } from './parse-gpt-neox.ts';
import { gpt2Schema } from './parse-gpt2.ts';
import { graniteSchema } from './parse-granite.ts';
import { llamaLikeSchema } from './parse-llama-like.ts';
import { ministral3Schema, ministralSchema } from './parse-ministral.ts';
import { olmo2Schema, olmo3Schema } from './parse-olmo.ts';
import { phi3Schema } from './parse-phi3.ts';
import { smollm3Schema } from './parse-smollm3.ts';

const SCHEMAS: Readonly<Record<FamilyName, z.ZodType<Omit<ModelConfig, 'raw'>>>> = {
  gpt2: gpt2Schema,
  gpt_neox: gptNeoxSchema,
  llama: llamaLikeSchema('llama'),
  mistral: llamaLikeSchema('mistral'),
  qwen2: llamaLikeSchema('qwen2'),
  qwen3: llamaLikeSchema('qwen3'),
  smollm3: smollm3Schema,
  granite: graniteSchema,
  olmo2: olmo2Schema,
  olmo3: olmo3Schema,
  gemma3_text: gemma3Schema,
  phi3: phi3Schema,
  ministral: ministralSchema,
  ministral3: ministral3Schema,
};

export const FAMILIES = Object.keys(SCHEMAS) as FamilyName[];

/** What well-known families have that Keel lacks. */
const MISSING: Readonly<Record<string, string>> = {
  gemma2: 'caps attention scores and logits',
  gemma3: 'is for images and text, and only its text part, a gemma3_text, is supported',
  gemma3n: 'is for images, sound, and text',
  granitemoehybrid: 'has state-space layers',
  lfm2: 'has short convolutions, whose state Keel does not keep while it generates',
  mistral3: 'is for images and text, and only its text part, a mistral or ministral3, is supported',
  mixtral: 'is a mixture of experts',
  phi4_multimodal: 'is for images, sound, and text',
  qwen3_5: 'is for images and text, and has gated delta networks in place of attention in most layers',
  qwen3_5_text: 'has gated delta networks in place of attention in most layers',
  qwen3_next: 'has gated delta networks in place of attention in most layers',
};

function reasonFor(type: unknown): string {
  if (typeof type !== 'string') return '';
  if (Object.hasOwn(MISSING, type)) return `, which ${MISSING[type]}`;
  return /moe/i.test(type) ? ', which is a mixture of experts' : '';
}

function familyOf(raw: Record<string, unknown>, where: string): FamilyName {
  // transformers treats a Mistral with layer types as a Ministral.
  const type = raw.model_type === 'mistral' && raw.layer_types !== undefined ? 'ministral' : raw.model_type;
  if (typeof type === 'string' && Object.hasOwn(SCHEMAS, type)) return type as FamilyName;
  throw new KeelError({
    code: 'model_architecture_unknown',
    why:
      `${where}: model_type ${JSON.stringify(type) ?? 'is missing'}${reasonFor(type)}; ` +
      `Keel supports ${FAMILIES.join(', ')}.`,
    fix: 'Choose a model of one of these families.',
  });
}

function refuseForeignCode(raw: Record<string, unknown>, where: string): void {
  if (raw.auto_map === undefined && raw.quantization_config === undefined) return;
  const quantized = raw.quantization_config !== undefined;
  throw new KeelError({
    code: quantized ? 'model_quantized' : 'model_needs_code',
    why: `${where}: ${quantized ? 'the weights are quantized' : 'auto_map asks for code that comes with the model, which Keel never runs'}.`,
    fix: quantized
      ? 'Use the unquantized model in f32, f16 or bf16.'
      : 'Load the model in transformers, save it with save_pretrained under a built-in architecture, and open that folder.',
  });
}

/**
 * Reads the parsed JSON of a config.json.
 * @param where the file's name in messages.
 * @throws KeelError `model_architecture_unknown`, `model_needs_code`, `model_quantized`, or `model_config_invalid` with
 * all problems by field.
 */
export function parseModelConfig(raw: unknown, where = 'config.json'): ModelConfig {
  const invalid = (faults: readonly Fault[]) =>
    new KeelError({
      code: 'model_config_invalid',
      why: `${where}: ${faults.map((fault) => (fault.where ? `${fault.where}: ${fault.why}` : fault.why)).join('; ')}.`,
      fix: 'Correct config.json, or save the model again with save_pretrained.',
      faults,
    });
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    throw invalid([{ where: '', why: 'it is not an object' }]);
  const record = raw as Record<string, unknown>;
  refuseForeignCode(record, where);
  const parsed = SCHEMAS[familyOf(record, where)].safeParse(record);
  if (!parsed.success)
    throw invalid(parsed.error.issues.map(({ path, message }) => ({ where: path.join('.'), why: message })));
  return { ...parsed.data, raw: record };
}
