import type { ExportChoice } from '#contract/api/run-archive.ts';
import { EXPORT_DTYPES, type ExportDtype } from '#contract/export-dtypes.ts';
import { GGUF_ADAPTER_TYPES, GGUF_EXPORT_TYPES, type GgufExportType } from '#contract/gguf-types.ts';

/** What an export writes: the part of the request that says so. */
export type ExportAs =
  | { readonly format: 'hf'; readonly dtype: ExportDtype }
  | { readonly format: 'gguf' | 'gguf-lora'; readonly type: GgufExportType };

export interface ExportFormat {
  readonly label: string;
  readonly as: ExportAs;
}

/** The word for a format in the name of a proposed folder; none for the default. */
export function formatWord(as: ExportAs): string | null {
  if (as.format === 'hf') return as.dtype === 'float32' ? null : as.dtype;
  return as.format === 'gguf' ? as.type : `adapter-${as.type}`;
}

const FOLDERS = EXPORT_DTYPES.map(
  (dtype): ExportFormat => ({ label: `Hugging Face folder, ${dtype}`, as: { format: 'hf', dtype } }),
);
const FILES = GGUF_EXPORT_TYPES.map(
  (type): ExportFormat => ({ label: `GGUF file, ${type}`, as: { format: 'gguf', type } }),
);

const ADAPTERS = GGUF_ADAPTER_TYPES.map(
  (type): ExportFormat => ({ label: `Adapter alone as GGUF LoRA, ${type}`, as: { format: 'gguf-lora', type } }),
);

/**
 * The formats of a model, the default first: a GGUF file cannot hold the head of a critic or a reward model, and a
 * checkpoint of adapters lacks their settings.
 */
export function exportFormats(
  model: Pick<ExportChoice, 'what' | 'kind' | 'isAdapter'> | null,
): readonly ExportFormat[] {
  if (model !== null && model.what !== 'policy') return FOLDERS;
  const isSavedAdapter = model?.kind === 'artifact' && model.isAdapter;
  return [...FOLDERS, ...FILES, ...(isSavedAdapter ? ADAPTERS : [])];
}

/** What a person has agreed to, each by itself. */
export interface ExportConsents {
  /** Replacing an unchanged folder that Keel wrote. */
  readonly force: boolean;
  /** Exporting weights that are NaN or infinite. */
  readonly allowNonFinite: boolean;
}
