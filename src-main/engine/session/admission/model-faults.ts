import { statSync } from 'node:fs';
import { ggufFileOf } from '../../gguf/model-files.ts';
import { checkModel, type ModelUse } from '../../model/check-model.ts';
import type { ModelConfig } from '../../model/config/model-config.ts';
import { checkTokenizerRows } from '../../tokenizer/files/check-tokenizer-json.ts';
import { loadTokenizer } from '../../tokenizer/files/load-tokenizer.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';
import { type FaultList, shownPath } from './fault-list.ts';

/** A config field that names a model. */
export interface ModelField {
  /** Path of the field. */
  readonly where: string;
  /** The folder or reference as written. */
  readonly named: string;
  readonly use: ModelUse;
}

/** A model that exists: what a run would know of it before it loads the weights. */
export interface KnownModel {
  readonly folder: string;
  readonly config: ModelConfig;
  /** Null if it could not be opened, which is then a fault. */
  readonly tokenizer: Tokenizer | null;
}

/** Finds folders of models; null for a model that an earlier stage has yet to produce, or that the config lacks. */
export type Locate = (named: string) => string | null;

function checkFolder(faults: FaultList, { where, named }: ModelField, folder: string): boolean {
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (stats?.isDirectory() || ggufFileOf(folder) !== null) return true;
  const isPlain = folder === named;
  const found = stats ? 'is a file, but not a .gguf file' : 'does not exist';
  const why = isPlain ? `the folder ${shownPath(named)} ${found}` : `the folder of ${named}, ${folder}, ${found}`;
  const fix = isPlain
    ? 'Set the path of a model folder or a GGUF file; a relative path starts at the folder of the config.'
    : 'Set another reference, or the path of a model folder or a GGUF file.';
  faults.add({ where, why, fix, code: 'model_folder_missing' });
  return false;
}

/** Checks the model that a field names, without reading its weights; null if it is unknown or cannot be used. */
export function checkModelField(faults: FaultList, locate: Locate, field: ModelField): KnownModel | null {
  const { where, named, use } = field;
  const folder = locate(named);
  if (folder === null || !checkFolder(faults, field, folder)) return null;
  const config = faults.attempt(where, () => checkModel(folder, use));
  const tokenizer = faults.attempt(where, () => loadTokenizer(folder));
  if (!config) return null;
  if (tokenizer) faults.attempt(where, () => checkTokenizerRows(tokenizer, config.vocabSize));
  return { folder, config, tokenizer };
}

/** Checks that a model which reads the tokens of another one can read all of them. */
export function checkBesidePolicy(
  faults: FaultList,
  where: string,
  other: KnownModel,
  policy: KnownModel,
  length: number,
): void {
  const rows = other.config.vocabSize;
  const ids = policy.tokenizer?.vocabSize ?? 0;
  if (ids > rows) {
    faults.add({
      where,
      why: `${other.folder} has only ${rows} embedding rows, but the policy's tokenizer has ids up to ${ids - 1}`,
      fix: 'Use a model with the same tokenizer as the policy.',
      code: 'tokenizer.ids_exceed_rows',
    });
  }
  const { contextLength, contextIsHard } = other.config;
  if (length <= contextLength) return;
  const why = `${other.folder} has a context of ${contextLength} tokens, but a sequence can have up to ${length}`;
  const fix = `Set data.max_length to ${contextLength} or less, or use a model with a longer context.`;
  if (contextIsHard) faults.add({ where, why, fix, code: 'context_too_short' });
  else faults.note(`${where}: ${why}.`);
}
