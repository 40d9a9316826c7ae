import type { ModelSizes } from '#contract/api/library/model-library.ts';
import type { PreflightRequest } from '#contract/api/runs/preflight.ts';
import type { PredictedStage, PreflightPrediction } from '#contract/api/runs/preflight-prediction.ts';
import { findRecipe, parseConfigText, type ResolvedConfig, resolveConfig, valueAt } from '#contract/config/index.ts';
import { KeelError } from '#contract/errors.ts';
import { REFERENCE } from '#contract/ids.ts';
import { type ConfigModels, memoryOfConfig, remediesOf } from '#contract/memory/config-memory.ts';
import type { FrozenModel, PredictedMemory } from '#contract/memory/predict-memory.ts';
import { USABLE_SHARE } from '#contract/memory/what-fits.ts';
import { knownModels } from '../../library/known-models.ts';
import { readModelSizes } from '../../library/model-sizes.ts';
import { THIS_MACHINE } from '../../runs/preflight/machine.ts';
import type { ApiContext } from '../base.ts';
import { modelFolder } from '../job-handlers.ts';

type Config = Readonly<Record<string, unknown>>;
type Stage = { readonly stage: string | null; readonly file: Config };

/** A model of a config, and the folder with its weights: for an adapter, that of its base. */
interface Sized {
  readonly sizes: ModelSizes;
  readonly weights: string;
  readonly isAdapter: boolean;
}

function stagesOf(resolved: ResolvedConfig): readonly Stage[] {
  return 'stages' in resolved ? resolved.stages : [{ stage: null, file: resolved.file }];
}

/** Models of a reward: its own, or those of its parts. */
function modelsOfReward(reward: unknown): readonly string[] {
  const { type, model, parts } = (reward ?? {}) as {
    readonly type?: string;
    readonly model?: string;
    readonly parts?: readonly { readonly reward: unknown }[];
  };
  if (type === 'sum') return (parts ?? []).flatMap((part) => modelsOfReward(part.reward));
  return type === 'model' && model !== undefined ? [model] : [];
}

/** Finds the sizes of the models that a config names; what an earlier stage will make has those of its start. */
function sizing(context: ApiContext, folder: string, stages: readonly Stage[]): (text: string) => Sized {
  const known = knownModels(context.host.setup.store.read);
  const read = (text: string): Sized => {
    const [, scope, name] = REFERENCE.exec(text) ?? [];
    if (scope !== 'stage') {
      const path = modelFolder(context, { folder, model: text });
      const sizes = readModelSizes(path, known);
      return { sizes, weights: sizes.adapter?.base ?? path, isAdapter: sizes.adapter !== null };
    }
    const file: Config = stages.find(({ stage }) => stage === name)?.file ?? {};
    if (typeof file.model !== 'string') {
      const why = `The model of the stage ${name} does not exist yet, so its sizes are not known.`;
      throw new KeelError({ code: 'model_sizes_unknown', why, fix: 'Measure: keel run CONFIG --preflight' });
    }
    const start = read(file.model);
    return { ...start, isAdapter: valueAt(file, 'adapter.peft_type') === 'lora' };
  };
  return read;
}

const FLOAT = 4;

/** Trained models with their moments; a model with all weights of its own is saved whole, even if some are frozen. */
function checkpointBytes({ trained, parts, parameters }: PredictedMemory, models: number, adapted: boolean): number {
  return parts.optimizer + FLOAT * (adapted ? trained : models * parameters);
}

const sumBytes = (parts: PredictedMemory['parts']) =>
  Object.entries(parts)
    .map(([name, bytes]) => ({ name, bytes }))
    .filter(({ bytes }) => bytes > 0)
    .sort((one, other) => other.bytes - one.bytes);

function predictStage({ stage, file }: Stage, limitBytes: number, sized: (text: string) => Sized): PredictedStage {
  const recipe = findRecipe(String(file.recipe ?? ''))!;
  const own = sized(String(file.model));
  const rewards = [file.reward, file.judge].flatMap(modelsOfReward).map(sized);
  const frozen = rewards.map(({ sizes, weights, isAdapter }): FrozenModel => {
    return isAdapter && weights === own.weights ? 'on_base' : sizes.shape;
  });
  const { shape, context, adapter } = own.sizes;
  const models: ConfigModels = { shape, context, adapter: adapter?.parameters ?? null, frozen };
  const at = (path: string) => valueAt(file, path);
  const predicted = memoryOfConfig(recipe, at, models);
  const { peakBytes, parameters, trained, tokens, isAssumed } = predicted;
  const fits = peakBytes <= limitBytes * USABLE_SHARE;
  const remedies = fits ? [] : remediesOf(recipe, at, models);
  const memory = {
    peakBytes,
    fits,
    parts: sumBytes(predicted.parts),
    parameters,
    trained,
    tokens,
    isAssumed,
    checkpointBytes: checkpointBytes(predicted, recipe.artifacts.length, at('adapter.peft_type') === 'lora'),
    remedies: remedies.map(({ path: field, value, peakBytes: bytes }) => ({ field, value, peakBytes: bytes })),
  };
  return { stage, recipe: recipe.name, memory, problem: null };
}

/**
 * Predicts the memory of a config without running anything. A stage whose models cannot be sized says why; the others are
 * predicted. Throws `config_invalid`.
 */
export function predictPreflight(
  context: ApiContext,
  { config, overrides = [], baseFolder }: PreflightRequest,
): PreflightPrediction {
  const stages = stagesOf(resolveConfig(parseConfigText(config, 'The config'), overrides));
  const limitBytes = THIS_MACHINE.availableMemory();
  const sized = sizing(context, baseFolder, stages);
  const predicted = stages
    .filter(({ stage }) => stage !== 'model_init')
    .map((one): PredictedStage => {
      try {
        return predictStage(one, limitBytes, sized);
      } catch (error) {
        if (!(error instanceof KeelError)) throw error;
        return {
          stage: one.stage,
          recipe: String(one.file.recipe),
          memory: null,
          problem: `${error.why} ${error.fix}`,
        };
      }
    });
  return { stages: predicted, limitBytes };
}
