import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import process from 'node:process';
import { KeelError } from '#contract/errors.ts';
import { findByHubName, isHubName, type KnownModel, readKnownModels } from './known-bases.ts';

/** PEFT's description of an adapter; a folder with this file is an adapter, not a model. */
export const ADAPTER_CONFIG = 'adapter_config.json';

/** The weights of an adapter. */
export const ADAPTER_WEIGHTS = 'adapter_model.safetensors';

const MAX_BYTES = 16_000_000;

/** Sizes and times of the files of a folder, or of a file itself: whether it is still what was read. */
export function folderSignature(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  const files = stats?.isDirectory() ? readdirSync(path).map((name) => join(path, name)) : [path];
  return files
    .sort()
    .map((file) => {
      const { size, mtimeMs } = statSync(file, { throwIfNoEntry: false }) ?? { size: -1, mtimeMs: 0 };
      return `${size}@${mtimeMs}`;
    })
    .join(' ');
}

/** Whether a folder is an adapter as PEFT saves it. */
export function isAdapterFolder(folder: string): boolean {
  return statSync(join(folder, ADAPTER_CONFIG), { throwIfNoEntry: false })?.isFile() ?? false;
}

/** The error for an adapter_config.json that says nothing usable; `why` completes "The file …". */
export function adapterConfigInvalid(path: string, why: string): KeelError {
  return new KeelError({
    code: 'adapter_config_invalid',
    why: `${path} ${why}.`,
    fix: 'Save the adapter again with PEFT.',
  });
}

/** The JSON object in an adapter's adapter_config.json. @throws KeelError `adapter_config_invalid` */
export function readAdapterJson(folder: string): Readonly<Record<string, unknown>> {
  const path = join(folder, ADAPTER_CONFIG);
  if (statSync(path).size > MAX_BYTES) throw adapterConfigInvalid(path, 'is larger than 16 MB');
  let raw: unknown;
  try {
    raw = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw adapterConfigInvalid(path, 'is not valid JSON');
  }
  if (typeof raw === 'object' && raw !== null && !Array.isArray(raw)) return raw as Record<string, unknown>;
  throw adapterConfigInvalid(path, 'is not a JSON object');
}

/** The environment variable with a base for the adapters of a command, in place of what they name. */
const GIVEN_BASE = 'KEEL_ADAPTER_BASE';

/** The environment of an engine process whose adapters belong to a given base; empty for none. */
export function givenBaseEnvironment(base: string | null): NodeJS.ProcessEnv {
  return base === null ? {} : { [GIVEN_BASE]: base };
}

function baseMissing(why: string, fix: string): KeelError {
  return new KeelError({ code: 'adapter_base_missing', why, fix });
}

const REMEDY =
  `Give the base with --base PATH, add its folder to the library, or write its path to base_model_name_or_path in ` +
  `${ADAPTER_CONFIG}.`;

/** The folder of a base that is named as on the hub. */
function namedBase(folder: string, name: string, revision: unknown, models: readonly KnownModel[]): string {
  const version = typeof revision === 'string' && revision !== '' ? revision : 'main';
  const { folders, looked } = findByHubName(name, version, models, process.env);
  const [found, ...others] = folders;
  if (found !== undefined && others.length === 0) return found;
  if (found === undefined) {
    const places = [resolve(folder, name), ...looked].join('; ');
    throw baseMissing(
      `${folder} is a LoRA adapter for ${name}, which is not on this machine. Looked at: ${places}.`,
      REMEDY,
    );
  }
  throw new KeelError({
    code: 'adapter_base_ambiguous',
    why: `${folder} is a LoRA adapter for ${name}, and ${folders.length} models can be meant: ${folders.join(', ')}.`,
    fix: `Say which one: --base PATH, or its path as base_model_name_or_path in ${ADAPTER_CONFIG}.`,
  });
}

/**
 * The folder of an adapter's base model: the one that was given for the command, an absolute path or one relative to the
 * adapter's folder, or a model on this machine that has the name on the hub ({@link findByHubName}).
 * @param models the library's models; by default those that the host has passed to this process.
 * @throws KeelError `adapter_config_invalid`, `adapter_base_missing`, `adapter_base_ambiguous`
 */
export function baseFolderOf(folder: string, models: readonly KnownModel[] = readKnownModels(process.env)): string {
  const { base_model_name_or_path: named, revision } = readAdapterJson(folder);
  const given = process.env[GIVEN_BASE];
  const base = given || (typeof named === 'string' && named !== '' ? named : null);
  if (base === null) {
    const why = `${folder} is a LoRA adapter, and its ${ADAPTER_CONFIG} does not name the model that it belongs to.`;
    throw baseMissing(why, REMEDY);
  }
  const path = isAbsolute(base) ? base : resolve(folder, base);
  if (!existsSync(path) && isHubName(base)) return namedBase(folder, base, revision, models);
  if (existsSync(path) && !isAdapterFolder(path)) return path;
  const problem = existsSync(path) ? 'is itself an adapter' : 'is not a folder on this machine';
  throw baseMissing(`${folder} is a LoRA adapter for ${base}, which ${problem}.`, REMEDY);
}

/**
 * How an adapter names its base: by a relative path if both are in the data folder, which may be moved, and by an
 * absolute path otherwise.
 */
export function writtenBase(base: string, folder: string, runFolder: string): string {
  const dataFolder = dirname(dirname(resolve(runFolder)));
  const isInside = !relative(dataFolder, resolve(base)).startsWith('..');
  return isInside ? relative(folder, resolve(base)) : resolve(base);
}
