import { z } from 'zod';
import { anyNumberSchema } from '#contract/any-number.ts';
import { findRecipe } from '#contract/config/index.ts';
import { systemMetrics } from '#contract/metrics/system-metrics.ts';
import type { CardRecord } from '../../model/files/model-card.ts';

const inputSchema = z.object({
  role: z.string(),
  path: z.string(),
  sha256: z.string(),
  bytes: z.number().optional(),
  rows: z.number().nullish(),
});

/** What the host reports about a run; all fields are optional, and unknown fields are dropped. */
const recordSchema = z.object({
  run: z.string().optional(),
  name: z.string().nullish(),
  recipe: z.string().optional(),
  createdAt: z.union([z.string(), z.number()]).optional(),
  config: z.record(z.string(), z.unknown()).optional(),
  inputs: z.array(inputSchema).optional(),
  metrics: z.record(z.string(), anyNumberSchema.nullable()).optional(),
  parents: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.unknown()).optional(),
  artifact: z.object({ tag: z.string().optional(), detail: z.record(z.string(), z.unknown()).optional() }).optional(),
});

/** Entries of the environment that are software versions. */
const VERSIONED = ['keel', 'node', 'platform', 'engine'] as const;

const numberIn = (detail: Readonly<Record<string, unknown>> | undefined, key: string) =>
  typeof detail?.[key] === 'number' ? (detail[key] as number) : null;

/** Without time and memory, which say something about the machine and nothing about the model. */
function ofTraining<Value>(metrics: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(metrics).filter(([key]) => !Object.hasOwn(systemMetrics, key)));
}

/** The card's record from the host's data; `tensorflow` is the version that wrote the export. */
export function cardRecord(told: Readonly<Record<string, unknown>>, tensorflow: string | null): CardRecord {
  const { run, name, recipe, config, inputs, metrics, parents, environment = {}, artifact } = recordSchema.parse(told);
  const versions = VERSIONED.flatMap((key) => (typeof environment[key] === 'string' ? [[key, environment[key]]] : []));
  const base = config?.model;
  const method = recipe === undefined ? undefined : findRecipe(recipe)?.card;
  return {
    ...(run && { run_id: run }),
    ...(name && { name }),
    ...(recipe && { recipe }),
    ...(method && { method }),
    ...(config && { config }),
    ...(inputs && { inputs: inputs.map(({ rows, bytes, ...input }) => ({ ...input, rows: rows ?? null })) }),
    ...(metrics && { metrics: ofTraining(metrics) }),
    ...(parents && { parents }),
    ...(typeof base === 'string' && { base_model: base }),
    ...(artifact?.tag && { tag: artifact.tag }),
    step: numberIn(artifact?.detail, 'step'),
    versions: { ...Object.fromEntries(versions), tensorflow: tensorflow ?? 'none' } as Record<string, string>,
  };
}
