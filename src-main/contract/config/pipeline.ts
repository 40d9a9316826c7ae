import { z } from 'zod';
import { field, group, whole } from './fields/field.ts';
import { CONFIG_VERSION } from './groups/heading.ts';
import { PRESET_NAMES } from './preset.ts';
import { type RecipeName, recipeList, recipeOf } from './recipes.ts';

type Underscored<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Head}_${Underscored<Tail>}`
  : Name;

/** A stage that runs a recipe: the recipe's name with underscores. */
export type RecipeStage = Underscored<RecipeName>;
export type StageName = 'model_init' | RecipeStage;

/** The stage that runs a recipe: `reward-model` runs as `reward_model`. */
export function stageOf(recipe: string): RecipeStage {
  return recipe.replaceAll('-', '_') as RecipeStage;
}

/** The recipe of a stage. */
export function recipeOfStage(stage: RecipeStage): RecipeName {
  return recipeList.find(({ name }) => stageOf(name) === stage)!.name as RecipeName;
}

/** Every stage, in the order in which they run. */
export const STAGE_NAMES: readonly StageName[] = ['model_init', ...recipeList.map(({ name }) => stageOf(name))];

/** The names, as used in references, of what a stage produces. */
export function artifactsOfStage(stage: StageName): readonly string[] {
  return stage === 'model_init' ? ['model'] : recipeOf(recipeOfStage(stage)).artifacts;
}

const part = (description: string) => field(z.record(z.string(), z.unknown()).optional(), { description });

const stage = (of: string) =>
  part(
    `Config of ${of}, without \`version\` and \`recipe\`. \`seed\`, \`preset\`, \`engine\`, and \`checkpoints\` are ` +
      'taken from the pipeline unless set here.',
  );

type Part = ReturnType<typeof part>;

/** Several recipes as one object; a stage refers to an earlier stage's output by `stage:<stage>/<artifact>`. */
export const pipelineSchema = z.strictObject({
  version: field(z.literal(CONFIG_VERSION).default(CONFIG_VERSION), { description: 'Version of the config format.' }),
  recipe: field(z.literal('pipeline'), { description: 'Marks the config as a pipeline.' }),
  name: field(z.string().min(1).max(100).default('pipeline'), { description: 'Name of the run.' }),
  seed: field(whole(0, 2_147_483_647).default(0), { description: 'Seed of every stage that does not set one.' }),
  preset: field(z.enum(PRESET_NAMES).default('keel'), { description: 'Preset of every stage that does not set one.' }),
  engine: part('Engine settings for every stage.'),
  checkpoints: part('Checkpoint settings for every stage.'),
  stages: group(
    {
      model_init: part('A new model and its tokenizer.'),
      ...(Object.fromEntries(recipeList.map(({ name }) => [stageOf(name), stage(name)])) as Record<RecipeStage, Part>),
    },
    'The stages, which run in this order.',
  ),
});
export type PipelineFile = z.infer<typeof pipelineSchema>;
