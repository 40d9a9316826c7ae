import type { z } from 'zod';
import type { Fault } from '../../errors.ts';
import { REFERENCE } from '../../ids.ts';
import { type CamelCased, camelCased } from '../fields/camel-case.ts';
import { CONFIG_VERSION } from '../groups/heading.ts';
import { type ModelInitFile, modelInitPreset, modelInitSchema } from '../groups/model-init.ts';
import {
  artifactsOfStage,
  type PipelineFile,
  pipelineSchema,
  type RecipeStage,
  recipeOfStage,
  STAGE_NAMES,
  type StageName,
} from '../pipeline.ts';
import { isPlain, type Plain, presetValues } from '../preset.ts';
import { configFaults } from './config-faults.ts';
import { type FollowedDefault, followGiven } from './follow-given.ts';
import { type ChangedField, changedFields, mergePreset, unsafeKeys } from './merge-preset.ts';
import { elsewhere } from './methods-elsewhere.ts';
import { type Outcome, type ResolvedRecipe, resolveRecipe } from './resolve-recipe.ts';

export type ModelInitConfig = CamelCased<ModelInitFile>;

export interface ResolvedModelInit {
  readonly config: ModelInitConfig;
  readonly file: Plain;
  readonly changed: readonly ChangedField[];
  readonly followed: readonly FollowedDefault[];
}

export type ResolvedStage =
  | ({ readonly stage: 'model_init' } & ResolvedModelInit)
  | ({ readonly stage: RecipeStage } & ResolvedRecipe);

export interface ResolvedPipeline {
  readonly config: { readonly recipe: 'pipeline'; readonly name: string; readonly seed: number };
  readonly file: Plain;
  /** By path: `stages.apa.method.apa_lambda`. */
  readonly changed: readonly ChangedField[];
  /** In the order in which they run. References to earlier stages keep the form `stage:<stage>/<artifact>`. */
  readonly stages: readonly ResolvedStage[];
}

/** Checks the shape of a new model and fills in the preset's values. */
export function resolveModelInit(raw: Plain): Outcome<ResolvedModelInit> {
  const listed = typeof raw.corpus === 'string' ? { ...raw, corpus: [raw.corpus] } : raw;
  const preset = presetValues(modelInitPreset);
  const { merged, followed } = followGiven(mergePreset(preset, listed), listed);
  const parsed = modelInitSchema.safeParse(merged);
  if (!parsed.success) return { resolved: null, faults: configFaults(parsed.error, modelInitSchema, merged) };
  const { hidden_size: width, num_heads: heads } = parsed.data;
  if (width % heads !== 0) {
    return {
      resolved: null,
      faults: [
        {
          where: 'num_heads',
          why: `is ${heads}, which does not divide hidden_size (${width})`,
          fix: `Use a divisor of ${width}.`,
        },
      ],
    };
  }
  const file = parsed.data;
  return { resolved: { config: camelCased(file), file, changed: changedFields(preset, file), followed }, faults: [] };
}

function inherited(stage: RecipeStage, own: Plain, whole: PipelineFile): Plain {
  const under = (key: 'engine' | 'checkpoints') => {
    const [base, mine] = [whole[key], own[key]];
    if (base === undefined) return mine === undefined ? {} : { [key]: mine };
    return { [key]: isPlain(mine) ? { ...base, ...mine } : base };
  };
  const { seed, preset } = whole;
  const given = { seed, preset, ...own, ...under('engine'), ...under('checkpoints') };
  return { ...given, version: CONFIG_VERSION, recipe: recipeOfStage(stage) };
}

function texts(value: unknown, at: string): readonly { readonly at: string; readonly text: string }[] {
  if (typeof value === 'string') return [{ at, text: value }];
  if (Array.isArray(value)) return value.flatMap((item, i) => texts(item, `${at}[${i}]`));
  return isPlain(value) ? Object.entries(value).flatMap(([key, item]) => texts(item, `${at}.${key}`)) : [];
}

/** Reports references to a stage that does not exist, runs later, or does not produce the artifact. */
function referenceFaults(stage: StageName, file: Plain, earlier: readonly StageName[]): readonly Fault[] {
  return texts(file, `stages.${stage}`).flatMap(({ at, text }) => {
    if (!text.startsWith('stage:')) return [];
    const [, , name, artifact] = REFERENCE.exec(text) ?? [];
    const source = earlier.find((one) => one === name);
    const known = earlier.flatMap((one) => artifactsOfStage(one).map((what) => `stage:${one}/${what}`));
    if (source && artifact && artifactsOfStage(source).includes(artifact)) return [];
    const fix = known.length > 0 ? `Use ${known.join(', ')}, or a folder.` : 'No stage runs before it; use a folder.';
    return [{ where: at, why: `is ${JSON.stringify(text)}, which no earlier stage produces`, fix }];
  });
}

function resolveStage(stage: StageName, raw: Plain, whole: PipelineFile): Outcome<ResolvedStage> {
  const outcome: Outcome<ResolvedModelInit | ResolvedRecipe> =
    stage === 'model_init'
      ? resolveModelInit({ seed: whole.seed, ...raw })
      : resolveRecipe(inherited(stage, raw, whole));
  if (!outcome.resolved) return { ...outcome, resolved: null };
  return { resolved: { stage, ...outcome.resolved } as ResolvedStage, faults: [] };
}

const below = <T extends { readonly [key in K]: string }, K extends string>(
  stage: StageName,
  key: K,
  items: readonly T[],
) => items.map((item) => ({ ...item, [key]: `stages.${stage}.${item[key]}` }));

/** The faults of a pipeline's own fields; a stage that is a method of another library says so. */
function pipelineFaults(raw: Plain, error: z.ZodError): readonly Fault[] {
  return configFaults(error, pipelineSchema, raw).map((fault) => {
    const [, stage] = /^stages\.([^.[]+)$/.exec(fault.where) ?? [];
    const known = elsewhere(stage);
    return known ? { where: fault.where, why: known.why, fix: known.fix } : fault;
  });
}

/** Resolves a pipeline: the config of each stage, and the references between them. */
export function resolvePipeline(raw: Plain): Outcome<ResolvedPipeline> {
  const unsafe = unsafeKeys(raw);
  if (unsafe.length > 0) return { resolved: null, faults: unsafe };
  const parsed = pipelineSchema.safeParse(raw);
  if (!parsed.success) return { resolved: null, faults: pipelineFaults(raw, parsed.error) };
  const whole = parsed.data;
  const order = STAGE_NAMES.filter((stage) => whole.stages[stage] !== undefined);
  const outcomes = order.map((stage) => ({ stage, outcome: resolveStage(stage, whole.stages[stage]!, whole) }));
  const faults = outcomes.flatMap(({ stage, outcome }, index) => [
    ...below(stage, 'where', outcome.faults),
    ...(outcome.resolved ? referenceFaults(stage, outcome.resolved.file, order.slice(0, index)) : []),
  ]);
  if (order.length === 0) faults.push({ where: 'stages', why: 'is empty', fix: 'Add at least one stage.' });
  if (faults.length > 0) return { resolved: null, faults };
  const stages = outcomes.flatMap(({ outcome }) => (outcome.resolved ? [outcome.resolved] : []));
  const { name, seed, preset, version, recipe } = whole;
  return {
    resolved: {
      config: { recipe, name, seed },
      file: {
        version,
        recipe,
        name,
        seed,
        preset,
        stages: Object.fromEntries(stages.map((one) => [one.stage, withoutHeading(one)])),
      },
      changed: stages.flatMap((one) => below(one.stage, 'path', one.changed)),
      stages,
    },
    faults: [],
  };
}

function withoutHeading({ file }: ResolvedStage): Plain {
  const { version: _version, recipe: _recipe, ...rest } = file;
  return rest;
}
