import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ExportDtype } from '#contract/export-dtypes.ts';
import type { Variables } from '../../runtime/types.ts';
import type { FamilyName, ModelConfig } from '../config/model-config.ts';
import { familyOf } from '../families/family-of.ts';
import type { HeadKind } from '../heads.ts';
import type { Parameter } from '../parameters.ts';
import type { WrittenDtype } from '../safetensors/dtypes.ts';
import { writeSafetensors, writeTextAtomically } from '../safetensors/write-safetensors.ts';

/** Safetensors' names of the types. */
export const STORED_AS: Readonly<Record<ExportDtype, WrittenDtype>> = {
  float32: 'F32',
  bfloat16: 'BF16',
  float16: 'F16',
};

function architectureOf(family: FamilyName, head: HeadKind | 'lm'): string {
  const { language, score, trunk } = familyOf(family).architectures;
  if (head === 'lm') return language;
  // transformers supports only a bias-free head; folders with other heads open there as their trunk.
  return (head === 'score' ? score : null) ?? trunk;
}

/** What is saved: a language model, or a trunk with a head. Both are passed as the model's own record. */
export interface SavedModel {
  readonly config: ModelConfig;
  readonly trunkParameters: readonly Parameter[];
  readonly headParameters: readonly Parameter[];
  /** Absent for a language model. */
  readonly head?: HeadKind;
}

export interface SaveOptions {
  /** Type of the stored weights; float32 by default. Numbers beyond its range become infinite. */
  readonly dtype?: ExportDtype;
  /** generation_config.json of the source, if it has one; its token ids are updated. */
  readonly generationConfig?: Readonly<Record<string, unknown>> | null;
  /** The padding id if the config has none: transformers needs it to find a row's last token. */
  readonly padTokenId?: number | null;
  /** The tokens that end a response, for generation_config.json; by default those of the config. */
  readonly stopTokenIds?: readonly number[];
  /** The padding id for generation_config.json if neither config has one; by default `padTokenId`. */
  readonly generationPadId?: number;
  /** For a reward model: how the responses ended that it was trained on. */
  readonly responseEnds?: ModelConfig['responseEnds'];
}

function configJson({ config, head }: SavedModel, options: SaveOptions): Record<string, unknown> {
  const { torch_dtype: legacy, ...raw } = config.raw;
  const dtype = options.dtype ?? 'float32';
  const pad = config.padTokenId ?? options.padTokenId ?? null;
  return {
    ...raw,
    architectures: [architectureOf(config.family, head ?? 'lm')],
    model_type: config.family,
    dtype,
    ...(legacy === undefined ? {} : { torch_dtype: dtype }),
    ...(pad === null ? {} : { pad_token_id: pad }),
    ...(head === 'score' ? { num_labels: 1, id2label: { 0: 'LABEL_0' }, label2id: { LABEL_0: 0 } } : {}),
    ...(head === 'score' && options.responseEnds ? { keel_response_ends: options.responseEnds } : {}),
    ...(head === 'value' || head === 'linear' ? { keel_head: head } : {}),
  };
}

/** transformers stops at the ids in generation_config.json only, and fills rows that have ended with its padding id. */
function generationJson({ config }: SavedModel, options: SaveOptions): Record<string, unknown> {
  const { generationConfig: given, stopTokenIds: stops = config.eosTokenIds } = options;
  const entries = {
    bos_token_id: given?.bos_token_id ?? config.bosTokenId,
    eos_token_id: stops.length > 1 ? [...stops] : stops[0],
    pad_token_id: given?.pad_token_id ?? config.padTokenId ?? options.generationPadId ?? options.padTokenId,
  };
  const known = Object.entries(entries).filter(([, value]) => value !== null && value !== undefined);
  const isAsGiven = known.every(([key, value]) => JSON.stringify(value) === JSON.stringify(given?.[key]));
  if (isAsGiven) return { ...given };
  // The mark says that the file was made from config.json; transformers may then make it again, without these ids.
  const { _from_model_config: _, ...kept } = given ?? {};
  return { ...kept, ...Object.fromEntries(known) };
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/** Writes generation_config.json if the model is a language model. Atomic. */
export function saveGenerationConfig(folder: string, model: SavedModel, options: SaveOptions): void {
  if (model.head !== undefined) return;
  writeTextAtomically(join(folder, 'generation_config.json'), json(generationJson(model, options)));
}

/**
 * Writes a Hugging Face folder from variables `<prefix>/<name>`: config.json with unknown keys kept, model.safetensors
 * and, for a language model, generation_config.json. The caller writes the tokenizer files. Each file is written
 * atomically.
 */
export function saveModel(
  folder: string,
  variables: Variables,
  prefix: string,
  model: SavedModel,
  options: SaveOptions = {},
): void {
  mkdirSync(folder, { recursive: true });
  const tensors = [...model.trunkParameters, ...model.headParameters].map(({ name, shape }) => ({
    name,
    shape,
    read: () => variables.read(`${prefix}/${name}`).data,
  }));
  writeSafetensors(join(folder, 'model.safetensors'), tensors, {
    dtype: STORED_AS[options.dtype ?? 'float32'],
  });
  saveGenerationConfig(folder, model, options);
  writeTextAtomically(join(folder, 'config.json'), json(configJson(model, options)));
}
