import { parse, stringify } from 'yaml';
import {
  findRecipe,
  formFields,
  isRecipeName,
  readDraft,
  recipeOf,
  setInText,
  stageOf,
} from '#contract/config/index.ts';
import { STAGE_NAMES, stageRecipe, stagesIn } from '../pipeline-stages.ts';
import { freshConfig } from '../recipe-notes.ts';

export interface Switched {
  readonly text: string;
  /** What the new method has no use for, as paths. */
  readonly dropped: readonly string[];
}

type Plain = Readonly<Record<string, unknown>>;
const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Settings that a pipeline shares with its stages. */
const SHARED = ['version', 'name', 'seed', 'preset', 'engine', 'checkpoints'];
const ALWAYS = new Set(['version', 'recipe']);

/** Paths in a config that a recipe does not know: whole groups, or single fields of a group that it has. */
function unknownPaths(raw: Plain, recipe: string, at: readonly string[] = []): readonly (readonly string[])[] {
  if (!isRecipeName(recipe)) return [];
  const fields = formFields(recipeOf(recipe).schema).map(({ path }) => path);
  const walk = (values: Plain, place: readonly string[]): readonly (readonly string[])[] =>
    Object.entries(values).flatMap(([key, value]) => {
      const path = [...place, key];
      const name = path.join('.');
      if (ALWAYS.has(name) || fields.includes(name)) return [];
      const isGroup = fields.some((field) => field.startsWith(`${name}.`));
      return isGroup && isPlain(value) ? walk(value, path) : isGroup ? [] : [path];
    });
  return walk(raw, at);
}

/** The same settings for another recipe: what both have stays, comments included. */
function withRecipe(text: string, recipe: string): Switched {
  const { raw } = readDraft(text);
  if (raw === null) return { text, dropped: [] };
  const unknown = unknownPaths(raw, recipe);
  const kept = unknown.reduce((rest, path) => setInText(rest, path, undefined), text);
  return { text: setInText(kept, ['recipe'], recipe), dropped: unknown.map((path) => path.join('.')) };
}

const written = (config: Plain) => stringify(config, { lineWidth: 120 });
const pick = (from: Plain, keys: readonly string[]) =>
  Object.fromEntries(Object.entries(from).filter(([key]) => keys.includes(key)));

/** A pipeline with the config as its only stage, after a reward model if it needs one. */
function toPipeline(raw: Plain): Switched {
  const recipe = String(raw.recipe ?? '');
  if (!isRecipeName(recipe)) return { text: freshConfig('pipeline'), dropped: [] };
  const own = Object.fromEntries(Object.entries(raw).filter(([key]) => key !== 'recipe' && !SHARED.includes(key)));
  const needsReward = findRecipe(recipe)?.kind === 'online' && own.reward === undefined;
  const fresh = parse(freshConfig('pipeline')) as { readonly stages: Plain };
  const before = needsReward ? { reward_model: fresh.stages.reward_model } : {};
  const reward = needsReward ? { reward: { type: 'model', model: 'stage:reward_model/reward_model' } } : {};
  const stages = { ...before, [stageOf(recipe)]: { ...own, ...reward } };
  return { text: written({ recipe: 'pipeline', ...pick(raw, SHARED), stages }), dropped: [] };
}

const refersToStage = (value: unknown): boolean =>
  typeof value === 'string' ? value.startsWith('stage:') : isPlain(value) && Object.values(value).some(refersToStage);

/** One stage of a pipeline as a config of its own: the one of the same recipe, else the last. */
function fromPipeline(raw: Plain, recipe: string): Switched {
  const names = stagesIn(raw.stages).filter((name) => name !== 'model_init');
  const chosen = names.find((name) => stageRecipe(name) === recipe) ?? names.at(-1);
  if (!chosen) return { text: freshConfig(recipe), dropped: [] };
  const stages = raw.stages as Plain;
  const stage = isPlain(stages[chosen]) ? (stages[chosen] as Plain) : {};
  const own = Object.fromEntries(Object.entries(stage).filter(([, value]) => !refersToStage(value)));
  const lost = STAGE_NAMES.filter((name) => name in stages && name !== chosen).map((name) => `stages.${name}`);
  const { text, dropped } = withRecipe(written({ recipe: stageRecipe(chosen), ...pick(raw, SHARED), ...own }), recipe);
  return { text, dropped: [...lost, ...dropped] };
}

/** A config for another method that keeps every setting that both have. */
export function switchMethod(text: string, recipe: string): Switched {
  const { raw } = readDraft(text);
  if (raw === null) return { text: freshConfig(recipe), dropped: [] };
  if (recipe === 'pipeline') return raw.recipe === 'pipeline' ? { text, dropped: [] } : toPipeline(raw);
  return raw.recipe === 'pipeline' ? fromPipeline(raw, recipe) : withRecipe(text, recipe);
}
