import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { KeelError } from '#contract/errors.ts';
import { CONFIG_FILES, TOKENIZER_FILES } from '#contract/model-files.ts';
import { baseFolderOf, isAdapterFolder } from '../../adapter-base.ts';
import { ggufFileOf, ggufModelFiles } from '../../gguf/model-files.ts';
import type { TokenizerFile } from '../tokenizer.ts';

export type TokenizerFileName = (typeof TOKENIZER_FILES)[number] | (typeof CONFIG_FILES)[number];
export type TokenizerFiles = ReadonlyMap<TokenizerFileName, Uint8Array>;

const MAX_BYTES = 100 * 2 ** 20;

function readIfPresent(folder: string, name: string): Uint8Array | null {
  const path = join(folder, name);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return null;
  if (!found.isFile()) throw unreadable(path, 'is not a regular file');
  if (found.size > MAX_BYTES) throw unreadable(path, `has ${Math.round(found.size / 2 ** 20)} MB; the limit is 100 MB`);
  return readFileSync(path);
}

function unreadable(path: string, why: string): KeelError {
  return new KeelError({
    code: 'tokenizer.unreadable_file',
    why: `${path} ${why}.`,
    fix: 'Replace it with the file that was published with the model.',
  });
}

/**
 * Reads every tokenizer file of a model folder, or the files that a GGUF file stands for. A LoRA adapter has its base's
 * tokenizer unless it has one of its own.
 * Throws `tokenizer.unreadable_file` for a non-file or one above 100 MB, and for a GGUF file what opening it throws.
 */
export function readTokenizerFiles(folder: string): TokenizerFiles {
  const gguf = ggufFileOf(folder);
  if (gguf !== null) return ggufModelFiles(gguf) as TokenizerFiles;
  const files = new Map<TokenizerFileName, Uint8Array>();
  for (const name of [...TOKENIZER_FILES, ...CONFIG_FILES]) {
    const bytes = readIfPresent(folder, name);
    if (bytes !== null) files.set(name, bytes);
  }
  if (!isAdapterFolder(folder)) return files;
  const ofBase = readTokenizerFiles(baseFolderOf(folder));
  const hasOwn = TOKENIZER_FILES.some((name) => files.has(name));
  const missing = [...ofBase].filter(([name]) => !(files.has(name) || (hasOwn && isTokenizerFile(name))));
  return new Map([...files, ...missing]);
}

const isTokenizerFile = (name: string) => TOKENIZER_FILES.some((known) => known === name);

/** The files that are copied with an exported model. */
export function filesToCopy(files: TokenizerFiles): TokenizerFile[] {
  return TOKENIZER_FILES.flatMap((name) => {
    const bytes = files.get(name);
    return bytes ? [{ name, bytes }] : [];
  });
}

/** A file's text; null if the folder does not have the file. */
export function textOf(files: TokenizerFiles, name: TokenizerFileName): string | null {
  const bytes = files.get(name);
  return bytes ? new TextDecoder().decode(bytes) : null;
}

/** A file's JSON object; an empty object if the folder does not have the file. Throws `tokenizer.bad_json`. */
export function objectOf(files: TokenizerFiles, name: TokenizerFileName): Readonly<Record<string, unknown>> {
  const text = textOf(files, name);
  if (text === null) return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    throw new SyntaxError('it is not a JSON object');
  } catch (cause) {
    throw new KeelError({
      code: 'tokenizer.bad_json',
      why: `${name} could not be read: ${cause instanceof Error ? cause.message : String(cause)}.`,
      fix: 'Download the file again; it is corrupted or incomplete.',
      cause,
    });
  }
}
