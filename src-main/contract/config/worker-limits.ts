import type { Fault } from '../errors.ts';

/** Recipes whose models several workers can compute together. */
const KNOWN = ['sft', 'reward-model', 'apa', 'ppo', 'awr'];

/**
 * What a config asks for that several workers cannot compute together; empty if they can.
 * @param config a resolved file of one recipe; fields are named relative to it
 */
export function workerFaults(config: Readonly<Record<string, unknown>>): readonly Fault[] {
  const { recipe } = config;
  if (KNOWN.includes(String(recipe))) return [];
  const why = `is ${recipe}, which several workers cannot compute together`;
  const fix = `Leave out --workers, or use one of ${KNOWN.join(', ')}.`;
  return [{ where: 'recipe', why, fix, code: 'workers_unsupported' }];
}
