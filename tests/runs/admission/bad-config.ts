import { withValueAt } from '#contract/config/value-at.ts';

/** A config with one or more faults, relative to the folder of the bad world. */
export interface BadConfig {
  readonly name: string;
  readonly recipe: 'sft' | 'reward-model' | 'apa' | 'ppo' | 'awr' | 'pipeline';
  /** Values by path; undefined removes one. */
  readonly set: Readonly<Record<string, unknown>>;
  /** Code and place of each fault: `model_folder_missing model`. */
  readonly faults: readonly string[];
  /** What the remedy says, as values; the config is then accepted. */
  readonly remedy?: Readonly<Record<string, unknown>>;
}

const RULES = { type: 'rules', rules: [{ type: 'length', unit: 'words', max: 9 }] };
const online = { model: 'model', data: { files: ['prompts.jsonl'] }, reward: RULES, generation: { max_new_tokens: 8 } };

const BASES: Readonly<Record<BadConfig['recipe'], Record<string, unknown>>> = {
  sft: { recipe: 'sft', model: 'model', data: { files: ['demonstrations.jsonl'] } },
  'reward-model': { recipe: 'reward-model', model: 'model', data: { files: ['pairs.jsonl'] } },
  apa: { recipe: 'apa', ...online },
  ppo: { recipe: 'ppo', ...online },
  awr: { recipe: 'awr', ...online },
  pipeline: {
    recipe: 'pipeline',
    stages: {
      sft: { model: 'model', data: { files: ['demonstrations.jsonl'] } },
      apa: { ...online, model: 'stage:sft/policy' },
    },
  },
};

export function configOf({ recipe, set }: Pick<BadConfig, 'recipe' | 'set'>): Record<string, unknown> {
  return Object.entries(set).reduce((config, [path, value]) => withValueAt(config, path, value), BASES[recipe]);
}

export const RULES_REWARD = RULES;
export const rewardOf = (model: string) => ({ type: 'model', model });
export const files = (...names: string[]) => ({ 'data.files': names });

export type BadRow = readonly [
  name: string,
  recipe: BadConfig['recipe'],
  set: BadConfig['set'],
  faults: BadConfig['faults'],
  remedy?: BadConfig['remedy'],
];

export function toCases(rows: readonly BadRow[]): readonly BadConfig[] {
  return rows.map(([name, recipe, set, faults, remedy]) => ({
    ...{ name, recipe, set, faults },
    ...(remedy && { remedy }),
  }));
}
