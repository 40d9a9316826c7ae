import type { Plain } from '../preset.ts';
import { valueAt, withValueAt } from '../value-at.ts';

/** A default that was replaced because it would contradict a value that the user has set. */
export interface FollowedDefault {
  readonly path: string;
  readonly preset: unknown;
  readonly value: unknown;
  /** The field that it follows. */
  readonly because: string;
}

/** A default field, and the field that it must agree with. */
interface Rule {
  readonly path: string;
  readonly given: string;
  /** The default that agrees; the same value if it already does, and null if none would. */
  readonly value: (preset: number, given: number) => number | null;
}

/** The largest divisor of a number that is at most the default. */
function divisor(preset: number, all: number): number | null {
  for (let size = Math.min(preset, all); size > 0; size--) if (all % size === 0) return size;
  return null;
}

const atMost = (preset: number, limit: number) => Math.min(preset, limit);
const atLeast = (preset: number, floor: number) => Math.max(preset, floor);

const RULES: readonly Rule[] = [
  { path: 'evaluation.num_samples', given: 'evaluation.num_prompts', value: atMost },
  { path: 'updates.minibatch_size', given: 'rollouts.num_rollouts', value: divisor },
  { path: 'rollouts.chunk_size', given: 'rollouts.num_rollouts', value: divisor },
  // Half of a short sequence is left for the prompt.
  {
    path: 'generation.max_new_tokens',
    given: 'data.max_length',
    value: (preset, all) => (preset < all ? preset : Math.max(1, Math.floor(all / 2))),
  },
  { path: 'generation.max_new_tokens', given: 'generation.min_new_tokens', value: atLeast },
  { path: 'optimizer.min_learning_rate', given: 'optimizer.learning_rate', value: atMost },
  { path: 'num_heads', given: 'hidden_size', value: divisor },
];

const isPositive = (value: unknown): value is number => typeof value === 'number' && value > 0;

/**
 * Adapts defaults to the values that the user has set, where both together would be refused: setting one field must not
 * fail because of another one that the user never mentioned.
 * @param merged the preset's values, overridden by the user's.
 * @param raw only the user's.
 */
export function followGiven(
  merged: Plain,
  raw: Plain,
): { readonly merged: Plain; readonly followed: readonly FollowedDefault[] } {
  const followed = new Map<string, FollowedDefault>();
  let result = merged;
  for (const { path, given, value } of RULES) {
    const [preset, wanted] = [valueAt(result, path), valueAt(result, given)];
    const isOpen = valueAt(raw, path) === undefined && valueAt(raw, given) !== undefined;
    if (!isOpen || typeof preset !== 'number' || !isPositive(wanted)) continue;
    const fitting = value(preset, wanted);
    if (fitting === null || fitting === preset) continue;
    const first = followed.get(path)?.preset ?? preset;
    followed.set(path, { path, preset: first, value: fitting, because: given });
    result = withValueAt(result, path, fitting);
  }
  return { merged: result, followed: [...followed.values()] };
}

/** A sentence about such a default for the user. */
export function describeFollowed({ path, preset, value, because }: FollowedDefault, at = ''): string {
  return `${at}${path} is ${value} instead of the preset's ${preset}, to agree with ${at}${because}.`;
}
