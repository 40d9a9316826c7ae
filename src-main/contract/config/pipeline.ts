import { z } from 'zod';
import { field, group, whole } from './field.ts';
import { CONFIG_VERSION } from './heading.ts';
import { PRESET_NAMES } from './preset.ts';
import type { RecipeName } from './recipes.ts';

/** Stages in the order in which they run, and the recipe of each. */
export const STAGE_RECIPES = {
  sft: 'sft',
  reward_model: 'reward-model',
  apa: 'apa',
  ppo: 'ppo',
  awr: 'awr',
} as const satisfies Record<string, RecipeName>;
export type RecipeStage = keyof typeof STAGE_RECIPES;
export type StageName = 'model_init' | RecipeStage;

/** What each stage makes, by the name used in a reference. */
export const STAGE_ARTIFACTS: Readonly<Record<StageName, readonly string[]>> = {
  model_init: ['model'],
  sft: ['policy'],
  reward_model: ['reward_model'],
  apa: ['policy', 'critic'],
  ppo: ['policy', 'critic'],
  awr: ['policy', 'critic'],
};

const part = (description: string) => field(z.record(z.string(), z.unknown()).optional(), { description });

const stage = (of: string) =>
  part(
    `Config of ${of}, without \`version\` and \`recipe\`; \`seed\`, \`preset\`, \`engine\` and \`checkpoints\` come from the pipeline unless given.`,
  );

/** Several recipes as one object; a stage names what an earlier one makes by `stage:<stage>/<artifact>`. */
export const pipelineSchema = z.strictObject({
  version: field(z.literal(CONFIG_VERSION).default(CONFIG_VERSION), { description: 'Version of the config format.' }),
  recipe: field(z.literal('pipeline'), { description: 'Marks a pipeline.' }),
  name: field(z.string().min(1).max(100).default('pipeline'), { description: 'What the run is called.' }),
  seed: field(whole(0, 2_147_483_647).default(0), { description: 'Seed of every stage that gives none.' }),
  preset: field(z.enum(PRESET_NAMES).default('keel'), { description: 'Preset of every stage that gives none.' }),
  engine: part('Engine settings of every stage.'),
  checkpoints: part('Checkpoint settings of every stage.'),
  stages: group(
    {
      model_init: part('A new model and its tokenizer.'),
      sft: stage('sft'),
      reward_model: stage('reward-model'),
      apa: stage('apa'),
      ppo: stage('ppo'),
      awr: stage('awr'),
    },
    'What runs, in this order.',
  ),
});
export type PipelineFile = z.infer<typeof pipelineSchema>;
