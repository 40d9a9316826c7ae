import { type Fault, KeelError } from '#contract/errors.ts';
import type { ModelConfig } from '../config/model-config.ts';
import { familyOf } from '../families/family-of.ts';
import type { Parameter } from '../parameters.ts';
import type { WeightFiles } from '../safetensors/weight-files.ts';

/** Heads that a file may contain in addition to the requested one. */
const OTHER_HEADS = /^(lm_head|embed_out|score|value_head|head|v_head)\./;

/** Possible names of a parameter in a file: its own, its trunk's without prefix, or below `trunk.`. */
function candidates(config: ModelConfig, name: string): string[] {
  const { trunkPrefix, headNames } = familyOf(config.family);
  if (headNames.includes(name)) return [...headNames];
  if (!name.startsWith(trunkPrefix)) return [name];
  const bare = name.slice(trunkPrefix.length);
  return [name, bare, `trunk.${bare}`];
}

/** The name under which a parameter is in the files; null if they do not contain it. */
export function fileNameOf(files: WeightFiles, config: ModelConfig, name: string): string | null {
  return candidates(config, name).find((candidate) => files.tensors.has(candidate)) ?? null;
}

const shapeText = (shape: readonly number[]) => `[${shape.join(', ')}]`;

function matchOne(
  files: WeightFiles,
  config: ModelConfig,
  { name, shape }: Parameter,
): { found?: string; fault?: Fault } {
  const found = fileNameOf(files, config, name);
  if (found === null) return { fault: { where: name, why: `missing (config.json requires ${shapeText(shape)})` } };
  const entry = files.tensors.get(found);
  if (!entry || shapeText(entry.shape) !== shapeText(shape)) {
    return {
      found,
      fault: { where: name, why: `is ${shapeText(entry?.shape ?? [])}, but config.json requires ${shapeText(shape)}` },
    };
  }
  if (!files.isFloat(found))
    return { found, fault: { where: name, why: `has dtype ${entry.dtype}, which is not a float type` } };
  return { found };
}

/** A separate head next to a tied embedding is allowed if it is the same matrix. */
function tiedFault(files: WeightFiles, config: ModelConfig, matched: ReadonlyMap<string, string>): Fault[] {
  const { headNames, embeddingName } = familyOf(config.family);
  const head = headNames.find((name) => files.tensors.has(name));
  const embedding = matched.get(embeddingName);
  if (!config.tied || head === undefined || embedding === undefined) return [];
  const [a, b] = [files.read(head), files.read(embedding)];
  if (a.length === b.length && a.every((value, index) => Object.is(value, b[index]))) return [];
  return [{ where: head, why: 'differs from the input embedding although config.json ties them' }];
}

/**
 * Finds every parameter among the tensors of the files and collects all differences between config and weights, before
 * anything is allocated.
 * @returns parameter name → name in the files.
 * @throws KeelError `model_weights_mismatch` with one problem per missing, misshaped or unexpected tensor.
 */
export function matchWeights(
  files: WeightFiles,
  config: ModelConfig,
  parameters: readonly Parameter[],
): ReadonlyMap<string, string> {
  const matched = new Map<string, string>();
  const faults: Fault[] = [];
  for (const parameter of parameters) {
    const { found, fault } = matchOne(files, config, parameter);
    if (found !== undefined) matched.set(parameter.name, found);
    if (fault) faults.push(fault);
  }
  const used = new Set(matched.values());
  const { ignored } = familyOf(config.family);
  for (const [name, { shape }] of files.tensors) {
    if (used.has(name) || ignored.test(name) || OTHER_HEADS.test(name)) continue;
    faults.push({ where: name, why: `${shapeText(shape)} is not part of a ${config.family} model with this config` });
  }
  if (faults.length === 0) faults.push(...tiedFault(files, config, matched));
  if (faults.length === 0) return matched;
  const listed = faults.slice(0, 5).map(({ where, why }) => `${where} ${why}`);
  const more = faults.length > listed.length ? `, and ${faults.length - listed.length} more` : '';
  throw new KeelError({
    code: 'model_weights_mismatch',
    why: `The weights do not match config.json: ${listed.join('; ')}${more}.`,
    fix: 'Use the config.json and weights of the same model.',
    faults,
  });
}
