import { KeelError } from '#contract/errors.ts';
import { float32 } from '../../runtime/host-tensor.ts';
import type { StoredDtype } from '../../runtime/stored-dtype.ts';
import type { Variables } from '../../runtime/types.ts';
import { openSafetensors } from '../safetensors/open-safetensors.ts';
import { writeSafetensors } from '../safetensors/write-safetensors.ts';

/** Writes every variable below a prefix under its full name, one tensor in memory at a time. Atomic. */
export function writeVariables(path: string, variables: Variables, prefix: string): void {
  const tensors = variables
    .names(prefix)
    .map((name) => ({ name, shape: variables.shape(name), read: () => variables.read(name).data }));
  writeSafetensors(path, tensors);
}

/** Bytes of every variable below some first parts of names, in float32. */
export function weightBytes(variables: Variables, prefixes: readonly string[]): number {
  const names = prefixes.flatMap((prefix) => variables.names(`${prefix}/`));
  return names.reduce((sum, name) => sum + 4 * variables.shape(name).reduce((product, axis) => product * axis, 1), 0);
}

/**
 * Reads a file of {@link writeVariables} back: variables that exist are overwritten, others are made.
 * @throws KeelError `safetensors_invalid`; Error when a shape does not agree.
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
 * Overwrites variables below `<to>/` with those that a file of {@link writeVariables} holds below `<from>/`.
 * @throws KeelError `safetensors_invalid`, `model_weights_mismatch` when the file has other names or shapes.
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
        why: `The weights in ${path} do not fit the model that they should go into.`,
        fix: 'Use the model that the run was started from.',
      });
    }
    for (const { name, own, shape } of stored) variables.assign(own, float32(file.read(name), shape));
  } finally {
    file.close();
  }
}

/** Runs what makes the variables below `<prefix>/`; where it throws a KeelError, none of them is left. */
export function createTogether(variables: Variables, prefix: string, create: () => void): void {
  try {
    create();
  } catch (error) {
    // Any other error is a bug, such as a name that is taken: what stood there before is not ours to remove.
    if (error instanceof KeelError) variables.remove(`${prefix}/`);
    throw error;
  }
}

/**
 * Copies every variable below `<from>/` to `<to>/`, for instance the policy to its frozen reference. A copy that is stored as
 * float16 is rounded: it is close to what it was made of, not equal.
 * @throws KeelError `weights_exceed_half`; nothing is left below `<to>/` then.
 */
export function copyVariables(variables: Variables, from: string, to: string, stored: StoredDtype = 'float32'): void {
  createTogether(variables, to, () => {
    for (const name of variables.names(`${from}/`)) {
      variables.create(to + name.slice(from.length), variables.read(name), stored);
    }
  });
}
