import { EXPORT_DTYPES, type ExportDtype } from '#contract/export-dtypes.ts';
import { GGUF_EXPORT_TYPES, type GgufExportType } from '#contract/gguf-types.ts';

/** What an export writes: the part of the request that says so. */
export type ExportAs =
  | { readonly format: 'hf'; readonly dtype: ExportDtype }
  | { readonly format: 'gguf'; readonly type: GgufExportType };

export interface ExportFormat {
  readonly label: string;
  readonly as: ExportAs;
}

/** The word for a format in the name of a proposed folder; none for the default. */
export function formatWord(as: ExportAs): string | null {
  if (as.format === 'gguf') return as.type;
  return as.dtype === 'float32' ? null : as.dtype;
}

const FOLDERS = EXPORT_DTYPES.map(
  (dtype): ExportFormat => ({ label: `Hugging Face folder, ${dtype}`, as: { format: 'hf', dtype } }),
);
const FILES = GGUF_EXPORT_TYPES.map(
  (type): ExportFormat => ({ label: `GGUF file, ${type}`, as: { format: 'gguf', type } }),
);

/** The formats of a kind of model, the default first: a GGUF file cannot hold the head of a critic or a reward model. */
export function exportFormats(what: 'policy' | 'critic' | 'reward_model'): readonly ExportFormat[] {
  return what === 'policy' ? [...FOLDERS, ...FILES] : FOLDERS;
}

/** What a person has agreed to, each by itself. */
export interface ExportConsents {
  /** Replacing an unchanged folder that Keel wrote. */
  readonly force: boolean;
  /** Exporting weights that are NaN or infinite. */
  readonly allowNonFinite: boolean;
}
