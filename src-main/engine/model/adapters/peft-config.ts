import { join } from 'node:path';
import { z } from 'zod';
import { KeelError } from '#contract/errors.ts';
import { ADAPTER_CONFIG, adapterConfigInvalid, readAdapterJson } from '../../adapter-base.ts';
import type { ModelConfig } from '../config/model-config.ts';
import type { LoraSettings } from './adapter.ts';

/** What PEFT puts before the name of each tensor. */
export const PREFIX = 'base_model.model.';

const patterns = z.record(z.string(), z.number().positive()).nullish();

/** What Keel reads of PEFT's file. Keys that change the result in a way that Keel cannot follow are refused below. */
const fileSchema = z.object({
  peft_type: z.string(),
  base_model_name_or_path: z.string().nullish(),
  r: z.int().positive().max(65_536),
  lora_alpha: z.number().positive(),
  lora_dropout: z.number().min(0).max(1).nullish(),
  use_rslora: z.boolean().nullish(),
  target_modules: z.union([z.string(), z.array(z.string())]).nullish(),
  modules_to_save: z.array(z.string()).nullish(),
  rank_pattern: patterns,
  alpha_pattern: patterns,
  keel_response_ends: z.object({ append: z.int(), ids: z.array(z.int()) }).nullish(),
});

/** An adapter's settings and the model that it was trained on. */
export interface PeftConfig {
  readonly settings: LoraSettings;
  /** A folder or a name on a hub; null if the file does not say. */
  readonly base: string | null;
  /** For a reward model that Keel trained: how the responses ended that it was trained on. */
  readonly responseEnds: ModelConfig['responseEnds'];
}

/** Keys that change what an adapter computes, with the only values for which Keel's LoRA computes the same. */
const PLAIN: Readonly<Record<string, readonly unknown[]>> = {
  bias: ['none', undefined, null],
  use_dora: [false, undefined, null],
  use_qalora: [false, undefined, null],
  lora_bias: [false, undefined, null],
  trainable_token_indices: [undefined, null],
  layer_replication: [undefined, null],
  alora_invocation_tokens: [undefined, null],
  arrow_config: [undefined, null],
};

function unsupported(path: string, why: string): KeelError {
  return new KeelError({
    code: 'adapter_unsupported',
    why: `${path}: ${why}. Keel reads LoRA adapters without biases.`,
    fix: 'Merge the adapter in PEFT with merge_and_unload(), save the model with save_pretrained, and use that folder.',
  });
}

/**
 * Reads adapter_config.json.
 * @throws KeelError `adapter_config_invalid`, or `adapter_unsupported` for anything but plain LoRA.
 */
export function readPeftConfig(folder: string): PeftConfig {
  const path = join(folder, ADAPTER_CONFIG);
  const raw = readAdapterJson(folder);
  const { peft_type: kind } = raw;
  if (typeof kind === 'string' && kind !== 'LORA') throw unsupported(path, `peft_type is ${JSON.stringify(kind)}`);
  const parsed = fileSchema.safeParse(raw);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw adapterConfigInvalid(path, `has no usable ${issue.path.join('.')} (${issue.message})`);
  }
  for (const [key, plain] of Object.entries(PLAIN)) {
    const value = raw[key];
    if (!plain.includes(value)) throw unsupported(path, `${key} is ${JSON.stringify(value)}`);
  }
  const { data } = parsed;
  const { target_modules: targets } = data;
  return {
    base: data.base_model_name_or_path ?? null,
    responseEnds: data.keel_response_ends ?? null,
    settings: {
      r: data.r,
      loraAlpha: data.lora_alpha,
      loraDropout: data.lora_dropout ?? 0,
      useRslora: data.use_rslora ?? false,
      targetModules: Array.isArray(targets) ? targets : 'all-linear',
      rankPattern: data.rank_pattern ?? {},
      alphaPattern: data.alpha_pattern ?? {},
    },
  };
}

/** What adapter_config.json says of the model besides LoRA's settings. */
export interface PeftModel {
  readonly base: string;
  /** Last parts of the names of adapted layers. */
  readonly targetModules: readonly string[];
  readonly isConv1d: boolean;
  /** Names of the layers that are saved whole. */
  readonly saved: readonly string[];
  readonly task: 'CAUSAL_LM' | 'SEQ_CLS' | null;
  readonly responseEnds: ModelConfig['responseEnds'];
}

/** The content of adapter_config.json, as PEFT 0.21 writes it. */
export function peftConfigJson(settings: LoraSettings, model: PeftModel): Record<string, unknown> {
  return {
    alpha_pattern: settings.alphaPattern,
    auto_mapping: null,
    base_model_name_or_path: model.base,
    bias: 'none',
    fan_in_fan_out: model.isConv1d,
    inference_mode: true,
    init_lora_weights: true,
    ...(model.responseEnds ? { keel_response_ends: model.responseEnds } : {}),
    lora_alpha: settings.loraAlpha,
    lora_dropout: settings.loraDropout,
    modules_to_save: model.saved.length > 0 ? model.saved : null,
    peft_type: 'LORA',
    r: settings.r,
    rank_pattern: settings.rankPattern,
    revision: null,
    target_modules: model.targetModules,
    task_type: model.task,
    use_dora: false,
    use_rslora: settings.useRslora,
  };
}
