import { resolve } from 'node:path';
import type { Detail } from '#contract/api/run-records.ts';
import { weightBytes } from './disk-space.ts';
import type { EngineWish } from './host-setup.ts';

/** What a resolved config wishes of its engine. */
export function engineWish(
  config: Detail,
  baseFolder: string,
  locations: Readonly<Record<string, string>>,
): EngineWish {
  const { engine, model, rollouts } = config as {
    readonly engine?: EngineWish;
    readonly model?: string;
    readonly rollouts?: { readonly num_rollouts?: number };
  };
  if (model === undefined || rollouts?.num_rollouts === undefined) return { ...engine };
  const weights = weightBytes(locations[model] ?? resolve(baseFolder, model));
  return { ...engine, online: { rollouts: rollouts.num_rollouts, weightBytes: weights } };
}
