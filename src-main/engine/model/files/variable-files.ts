import { KeelError } from '#contract/errors.ts';
import { float32 } from '../../runtime/host-tensor.ts';
import type { StoredDtype } from '../../runtime/stored/stored-dtype.ts';
import type { Variables } from '../../runtime/types.ts';
import { openSafetensors } from '../safetensors/open-safetensors.ts';
import { writeSafetensors } from '../safetensors/write-safetensors.ts';

/** Writes every variable below a prefix under its full name, with one tensor in memory at a time. Atomic. */
export function writeVariables(path: string, variables: Variables, prefix: string): void {
  const tensors = variables
    .names(prefix)
    .map((name) => ({ name, shape: variables.shape(name), read: () => variables.read(name).data }));
  writeSafetensors(path, tensors);
}

/** Bytes of every variable with one of the given name prefixes, in float32. */
export function weightBytes(variables: Variables, prefixes: readonly string[]): number {
  const names = prefixes.flatMap((prefix) => variables.names(`${prefix}/`));
  return names.reduce((sum, name) => sum + 4 * variables.shape(name).reduce((product, axis) => product * axis, 1), 0);
}

/**
 * Reads a file written by {@link writeVariables}: existing variables are overwritten, others are created.
 * @throws KeelError `safetensors_invalid`; Error if a shape does not match.
 */
export function readVariables(path: string, variables: Variables): void {
  const file = openSafetensors(path);
  try {
    for (const { name, shape } of file.tensors.values()) {
      const value = float32(file.read(name), shape);
      if (variables.has(name)) variables.assign(name, value);
      else variables.create(name, value);
    }
  } finally {
    file.close();
  }
}

/**
 * Overwrites variables below `<to>/` with those below `<from>/` in a file written by {@link writeVariables}.
 * @throws KeelError `safetensors_invalid`, `model_weights_mismatch` if the file has different names or shapes.
 */
export function overwriteVariables(path: string, variables: Variables, from: string, to: string): void {
  const file = openSafetensors(path);
  try {
    const stored = [...file.tensors.values()].map((tensor) => ({
      ...tensor,
      own: to + tensor.name.slice(from.length),
    }));
    const isOurs = ({ own, shape }: (typeof stored)[number]) =>
      variables.has(own) && variables.shape(own).join() === shape.join();
    if (stored.length !== variables.names(`${to}/`).length || !stored.every(isOurs)) {
      throw new KeelError({
        code: 'model_weights_mismatch',
        why: `The weights in ${path} do not match the model that they should be loaded into.`,
        fix: 'Use the model that the run started from.',
      });
    }
    for (const { name, own, shape } of stored) variables.assign(own, float32(file.read(name), shape));
  } finally {
    file.close();
  }
}

/** Runs a function that creates variables below `<prefix>/`; if it throws a KeelError, all of them are removed. */
export function createTogether(variables: Variables, prefix: string, create: () => void): void {
  try {
    create();
  } catch (error) {
    // Any other error is a bug in Keel, such as a name conflict: variables that existed before must not be removed.
    if (error instanceof KeelError) variables.remove(`${prefix}/`);
    throw error;
  }
}

/**
 * Copies every variable below `<from>/` to `<to>/`, for instance the policy to its frozen reference. A copy that is
 * stored as float16 is rounded: it is close to the original, but not equal.
 * @throws KeelError `weights_exceed_half`; in that case nothing is left below `<to>/`.
 */
export function copyVariables(variables: Variables, from: string, to: string, stored: StoredDtype = 'float32'): void {
  createTogether(variables, to, () => {
    for (const name of variables.names(`${from}/`)) {
      variables.create(to + name.slice(from.length), variables.read(name), stored);
    }
  });
}
