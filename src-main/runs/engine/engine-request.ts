import { resolve } from 'node:path';
import type { Detail } from '#contract/api/runs/run-records.ts';
import { findRecipe } from '#contract/config/index.ts';
import { weightBytes } from '../archive/disk-space.ts';
import type { EngineRequest } from '../host/host-setup.ts';

/** The engine settings requested by a resolved config. */
export function engineRequest(
  config: Detail,
  baseFolder: string,
  locations: Readonly<Record<string, string>>,
): EngineRequest {
  const {
    engine: wanted,
    adapter,
    model,
    recipe,
    rollouts,
    training,
  } = config as {
    readonly adapter?: { readonly peft_type?: string };
    readonly engine?: EngineRequest & { readonly micro_batch_size?: number | null };
    readonly recipe?: string;
    readonly training?: { readonly batch_size?: number };
    readonly model?: string;
    readonly rollouts?: { readonly num_rollouts?: number };
  };
  const engine = { ...wanted, ...(adapter?.peft_type === 'lora' && { adapted: true }) };
  if (model === undefined) return engine;
  const work = { weightBytes: weightBytes(locations[model] ?? resolve(baseFolder, model)) };
  if (rollouts?.num_rollouts !== undefined) return { ...engine, online: { ...work, rollouts: rollouts.num_rollouts } };
  const batch = engine.micro_batch_size ?? training?.batch_size;
  const trains = recipe === undefined ? undefined : findRecipe(recipe)?.artifacts[0];
  return trains === 'reward_model' && batch !== undefined ? { ...engine, pairs: { ...work, batch } } : engine;
}
