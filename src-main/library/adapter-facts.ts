import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { AdapterFacts } from '#contract/api/library/model-library.ts';
import { KeelError } from '#contract/errors.ts';
import { ADAPTER_WEIGHTS, baseFolderOf, readAdapterJson } from '#engine/adapter-base.ts';
import type { KnownModel } from '#engine/known-bases.ts';
import { openWeightFile } from '#engine/model/safetensors/weight-files.ts';

/** Number of values in a safetensors file, from its header. */
function parametersIn(path: string): number {
  const files = openWeightFile(path);
  files.close();
  return [...files.tensors.values()].reduce(
    (sum, { shape }) => sum + shape.reduce((product, axis) => product * axis, 1),
    0,
  );
}

/** The base's folder; null if it is not on this machine. */
function baseOrNull(folder: string, known: readonly KnownModel[]): string | null {
  try {
    return baseFolderOf(folder, known);
  } catch (error) {
    if (error instanceof KeelError) return null;
    throw error;
  }
}

const numberOr = (value: unknown, otherwise: number) =>
  typeof value === 'number' && Number.isFinite(value) ? value : otherwise;

/**
 * What the folder of an adapter says of it.
 * @param known the library's models, among which a base is looked for by its name.
 * @throws KeelError `adapter_config_invalid`, `safetensors_invalid`
 */
export function adapterFacts(folder: string, baseBytes: number, known: readonly KnownModel[]): AdapterFacts {
  const { r, lora_alpha: alpha, target_modules: targets } = readAdapterJson(folder);
  const path = join(folder, ADAPTER_WEIGHTS);
  const isThere = existsSync(path);
  return {
    r: numberOr(r, 0),
    lora_alpha: numberOr(alpha, 0),
    target_modules: Array.isArray(targets) ? targets.map(String) : ['all-linear'],
    parameters: isThere ? parametersIn(path) : 0,
    bytes: isThere ? statSync(path).size : 0,
    base: baseOrNull(folder, known),
    base_bytes: baseBytes,
  };
}
