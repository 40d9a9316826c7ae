import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExportDtype } from '#contract/export-dtypes.ts';
import type { ModelConfig } from '../../model/config/model-config.ts';
import { type ReplayReport, writeModelCard } from '../../model/files/model-card.ts';
import { type Rounding, roundingOf } from '../../model/files/rounding.ts';
import { saveModel } from '../../model/files/save-model.ts';
import { weightBytes } from '../../model/files/variable-files.ts';
import { loadLanguageModel, loadValueModel } from '../../model/load-model.ts';
import type { JobOf } from '../../protocol.ts';
import type { Runtime } from '../../runtime/types.ts';
import { loadTokenizer } from '../../tokenizer/files/load-tokenizer.ts';
import { eosEndsOf } from '../../tokenizer/rows/response-ends.ts';
import { savedTokens } from '../../tokenizer/saved-tokens.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';
import { cardRecord } from './card-record.ts';
import { chatForm } from './chat-form.ts';
import { compareText, type TextReport } from './compare-text.ts';
import { type Exported, replayExport, replayPrompts } from './replay-export.ts';
import { requireEqual } from './require-equal.ts';

/** A model in variables `source/…`, and what its folder says besides. */
export interface FolderSource {
  readonly model: Exported;
  readonly tokenizer: Tokenizer;
  readonly generationConfig: Readonly<Record<string, unknown>> | null;
  /** For a reward model: how the responses ended that it was trained on. */
  readonly responseEnds: ModelConfig['responseEnds'];
  readonly what: JobOf<'export'>['what'];
  readonly record: JobOf<'export'>['record'];
  readonly dtype: ExportDtype;
  /** Whether weights may be NaN or infinite. */
  readonly allowNonFinite: boolean;
}

/** Result of writing a folder and opening it again. */
export interface WrittenFolder {
  readonly replay: ReplayReport;
  readonly text: TextReport;
  readonly parameters: number;
  readonly dtype: ExportDtype;
  readonly rounding: Rounding;
}

/** Configuration, card, manifest and headers. */
const CARD_BYTES = 2 ** 20;

/** Bytes of a tokenizer's files, twice, and of the small files of a folder. */
export function smallBytes({ files }: Tokenizer): number {
  return 2 * files.reduce((sum, { bytes }) => sum + bytes.length, 0) + CARD_BYTES;
}

/** Bytes that a folder of the model in `source/…` needs. */
export function folderBytes({ variables }: Runtime, { tokenizer, dtype }: FolderSource): number {
  return weightBytes(variables, ['source']) / (dtype === 'float32' ? 1 : 2) + smallBytes(tokenizer);
}

/** Loads a model for an export, below a prefix. */
export function loadExported(
  { variables }: Runtime,
  prefix: string,
  folder: string,
  { what, allowNonFinite }: Pick<FolderSource, 'what' | 'allowNonFinite'>,
): Exported {
  const options = { allowBroken: allowNonFinite };
  if (what === 'policy') return loadLanguageModel(variables, prefix, folder, options);
  return loadValueModel(variables, prefix, folder, null, options);
}

/**
 * Writes a Hugging Face folder with a model card into an empty folder, opens it again, and replays the fixed prompts on
 * it. Every stored tensor must be equal to its source, rounded to `dtype`.
 * Throws `weights_exceed_dtype`, `export_differs`.
 */
export function writeFolder(
  runtime: Runtime,
  folder: string,
  source: FolderSource,
  told: (phase: string) => void,
): WrittenFolder {
  const { model, tokenizer, generationConfig, responseEnds, what, dtype } = source;
  const { variables } = runtime;
  const rounding = roundingOf(variables, 'source', dtype);
  saveModel(folder, variables, 'source', model, {
    generationConfig,
    ...savedTokens(tokenizer),
    responseEnds: model.config.responseEnds ?? responseEnds,
    dtype,
  });
  for (const { name, bytes } of tokenizer.files) writeFileSync(join(folder, name), bytes);
  told('replay');
  const written = loadExported(runtime, 'written', folder, source);
  const reopened = loadTokenizer(folder);
  const replay = replayExport(runtime, { source: model, written }, replayPrompts(reopened, model), dtype);
  const text = compareText(tokenizer, reopened);
  requireEqual(replay, text, dtype);
  const { values: parameters } = rounding;
  const record = cardRecord(source.record, runtime.device.tensorflowVersion);
  const chat = chatForm(reopened, written.config.responseEnds ?? eosEndsOf(reopened));
  const card = writeModelCard({ what, family: model.config.family, parameters, dtype, record, replay, chat });
  writeFileSync(join(folder, 'README.md'), card);
  return { replay, text, parameters, dtype, rounding };
}
