import { z } from 'zod';
import { FROZEN_DTYPES } from '../config/groups/engine-settings.ts';
import { recipeList } from '../config/recipes.ts';
import type { FrozenDtype, NetworkShape } from './network-shape.ts';
import { adapterParameters, parametersOf } from './network-shape.ts';
import { predictMemory, type Workload } from './predict-memory.ts';
import { PUBLISHED_SHAPES } from './published-shapes.ts';
import { STATED, STATED_WORDS, workOf } from './stated-workload.ts';

/** Share of the available memory that a prediction may take: the rest is for its error and for other programs. */
export const USABLE_SHARE = 0.9;

const bytes = z.int().nonnegative();
/** How a model is trained: all of its weights, or an adapter on a base in a precision. */
const storageSchema = z.enum(['all_weights', ...FROZEN_DTYPES]);
export type TrainedAs = z.infer<typeof storageSchema>;

/** What a machine can train, predicted for published models; nothing is measured. */
export const fittingModelsSchema = z.object({
  limitBytes: bytes.describe('available memory'),
  workload: z.string().describe('what the prediction assumes of a run'),
  methods: z.array(
    z.object({
      titles: z.array(z.string()).describe('recipes that take the same memory'),
      models: z.array(
        z.object({
          name: z.string(),
          parameters: z.int().positive(),
          peaks: z.array(z.object({ as: storageSchema, peakBytes: bytes, fits: z.boolean() })),
        }),
      ),
      largest: z.array(z.object({ as: storageSchema, name: z.string().nullable() })).describe('null if none fits'),
    }),
  ),
});
export type FittingModels = z.infer<typeof fittingModelsSchema>;
type Fitting = FittingModels['methods'][number];

/** `float16` takes the memory of `bfloat16`. */
const SHOWN: readonly TrainedAs[] = ['all_weights', ...FROZEN_DTYPES.filter((dtype) => dtype !== 'float16')];

function peakOf(shape: NetworkShape, work: Workload, as: TrainedAs): number {
  const isWhole = as === 'all_weights';
  const frozenDtype: FrozenDtype = isWhole ? 'float32' : as;
  const adapter = isWhole ? null : adapterParameters(shape, { r: STATED.r, targets: ['all-linear'] });
  return predictMemory(shape, work, { adapter, frozenDtype, frozen: ['on_base'], unfrozenLayers: null }).peakBytes;
}

function fittingOf(titles: readonly string[], work: Workload, limitBytes: number): Fitting {
  const models = PUBLISHED_SHAPES.map(({ name, shape }) => ({
    name,
    parameters: parametersOf(shape),
    peaks: SHOWN.map((as) => {
      const peakBytes = peakOf(shape, work, as);
      return { as, peakBytes, fits: peakBytes <= limitBytes * USABLE_SHARE };
    }),
  }));
  const largest = SHOWN.map((as, column) => ({
    as,
    name: models.findLast(({ peaks }) => peaks[column]!.fits)?.name ?? null,
  }));
  return { titles: [...titles], models, largest };
}

/**
 * What published models a machine can train with each recipe, by the arithmetic of {@link predictMemory}.
 * @param limitBytes available memory
 */
export function whatFits(limitBytes: number): FittingModels {
  const { rows, prompt, response, rollouts } = STATED;
  const byWork = Map.groupBy(recipeList, (recipe) => JSON.stringify(workOf(recipe)));
  const methods = [...byWork.values()].map((same) => {
    const work = { ...workOf(same[0]!), rows, prompt, response, rollouts, recomputes: false };
    return fittingOf(
      same.map(({ title }) => title),
      work,
      limitBytes,
    );
  });
  return { limitBytes, workload: STATED_WORDS, methods };
}

/** The largest models of a recipe in one line: `all weights: SmolLM2-360M; adapters: Qwen3-0.6B (float32)`. */
export function describeLargest({ largest }: Fitting): string {
  const whole = largest.find(({ as }) => as === 'all_weights')?.name ?? 'none of these';
  const adapted = largest.filter(({ as, name }) => as !== 'all_weights' && name !== null);
  const byName = Object.entries(Object.groupBy(adapted, ({ name }) => name!));
  const listed = byName.map(([name, same]) => `${name} (${same!.map(({ as }) => as).join(', ')})`);
  return `all weights: ${whole}; adapters: ${listed.join(', ') || 'none of these'}`;
}
