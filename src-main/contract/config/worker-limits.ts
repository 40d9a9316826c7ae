import type { Fault } from '../errors.ts';
import { valueAt } from './value-at.ts';

/** Recipes whose losses workers know. */
const RECIPES = [
  ...['sft', 'reward-model', 'dpo', 'kto', 'apa', 'apa-offline', 'awr', 'awr-offline', 'ppo'],
  ...['grpo', 'rloo', 'a2po', 'online-dpo'],
];
const STORED = ['float32', 'float16', 'bfloat16'];

/**
 * What a config asks for that several workers cannot compute together; empty if they can.
 * @param file a resolved file of one recipe; fields are named relative to it
 */
export function workerFaults(file: Readonly<Record<string, unknown>>): readonly Fault[] {
  const at = (path: string) => valueAt(file, path);
  const fault = (where: string, fix: string): Fault => ({
    where,
    why: `is ${at(where)}, which workers do not compute`,
    fix: `${fix}, or leave out the workers.`,
    code: 'workers_unsupported',
  });
  const found: Fault[] = [];
  if (!RECIPES.includes(String(at('recipe')))) found.push(fault('recipe', `Use one of ${RECIPES.join(', ')}`));
  if (at('adapter.peft_type') === 'lora' && Number(at('adapter.lora_dropout')) > 0)
    found.push(fault('adapter.lora_dropout', 'Set it to 0'));
  const stored = at('engine.frozen_dtype');
  if (stored !== undefined && !STORED.includes(String(stored)))
    found.push(fault('engine.frozen_dtype', `Use ${STORED.join(', ')}`));
  const computed = at('engine.compute_dtype');
  if (computed !== undefined && computed !== 'float32') found.push(fault('engine.compute_dtype', 'Set it to float32'));
  return found;
}
