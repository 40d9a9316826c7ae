import { existsSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { KeelError } from '#contract/errors.ts';

/** PEFT's description of an adapter; a folder with this file is an adapter, not a model. */
export const ADAPTER_CONFIG = 'adapter_config.json';

/** The weights of an adapter. */
export const ADAPTER_WEIGHTS = 'adapter_model.safetensors';

const MAX_BYTES = 16_000_000;

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

/**
 * The folder of an adapter's base model: an absolute path, or one relative to the adapter's folder.
 * @throws KeelError `adapter_config_invalid`, `adapter_base_missing`
 */
export function baseFolderOf(folder: string): string {
  const named = readAdapterJson(folder).base_model_name_or_path;
  const base = typeof named === 'string' && named !== '' ? named : null;
  const path = base === null ? null : isAbsolute(base) ? base : resolve(folder, base);
  const problem = path !== null && isAdapterFolder(path) ? 'is itself an adapter' : 'is not a folder on this machine';
  if (path !== null && existsSync(path) && !isAdapterFolder(path)) return path;
  throw new KeelError({
    code: 'adapter_base_missing',
    why:
      base === null
        ? `${folder} is a LoRA adapter, and its ${ADAPTER_CONFIG} does not name the model that it belongs to.`
        : `${folder} is a LoRA adapter for ${base}, which ${problem}.`,
    fix: `Put that model's folder on this machine, and write its path to base_model_name_or_path in ${ADAPTER_CONFIG}.`,
  });
}
