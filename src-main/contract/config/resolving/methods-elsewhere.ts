import { recipeList } from '../recipes.ts';

/** Methods of other libraries under the names that they have there, by what they learn from. */
const ELSEWHERE = {
  pairs: ['cpo', 'orpo', 'simpo', 'bco', 'apo', 'rso', 'exo'],
  rewards: [
    ...['gmpo', 'reinforce', 'reinforce++', 'remax', 'trpo', 'a2c'],
    ...['nash_md', 'xpo', 'raft', 'rft', 'best_of_n', 'expert_iteration'],
  ],
  teachers: ['gkd', 'minillm', 'distillation'],
  steps: ['prm', 'process_reward'],
} as const;

const online = () => recipeList.flatMap(({ name, kind }) => (kind === 'online' ? [name] : []));
const listed = (names: readonly string[]) => `${names.slice(0, -1).join(', ')}, or ${names.at(-1)}`;

/** What each group does, and which recipes of Keel come closest. */
const WORDS: Readonly<Record<keyof typeof ELSEWHERE, () => { readonly what: string; readonly fix: string }>> = {
  pairs: () => ({
    what: 'learns from preference data without a reward model',
    fix:
      'Use dpo, which does so too, or train a reward model on such pairs and then a policy with it: reward-model, then ' +
      `${listed(online())}; a pipeline runs both.`,
  }),
  rewards: () => ({
    what: 'learns from rewards of sampled responses',
    fix: `Keel has these methods of that kind: ${listed(online())}.`,
  }),
  teachers: () => ({
    what: 'learns from the probabilities of a larger model',
    fix: 'Let that model write responses, and train on them with sft.',
  }),
  steps: () => ({
    what: 'scores single steps of a response',
    fix: 'Keel scores whole responses: use reward-model.',
  }),
};

/** Other names of what Keel has. */
const SAME: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['dr_grpo', 'dapo', 'bnpo', 'cispo'].map((name) => [name, `grpo with method.loss_type: ${name}`]),
  ),
  gspo: 'grpo with method.loss_type: grpo and method.importance_sampling_level: sequence',
  rm: 'reward-model',
  oaif: 'online-dpo',
  a_po: 'a2po',
  'a*_po': 'a2po',
  reward: 'reward-model',
  reward_modeling: 'reward-model',
  fine_tune: 'sft',
  finetune: 'sft',
  supervised: 'sft',
  pretrain: 'sft',
  clm: 'sft',
  ipo: 'dpo with method.loss_type: ipo',
  robust_dpo: 'dpo with method.loss_type: robust',
  rdpo: 'dpo with method.loss_type: robust',
  slic: 'dpo with method.loss_type: hinge',
};

/** Why a recipe is unknown if its name is that of a method which Keel lacks, and what to use; null for other names. */
export function elsewhere(name: unknown): { readonly why: string; readonly fix: string } | null {
  if (typeof name !== 'string') return null;
  const normal = name.toLowerCase().replaceAll(/[-\s]/g, '_');
  const why = `is ${JSON.stringify(name)}`;
  if (Object.hasOwn(SAME, normal)) return { why, fix: `Use ${SAME[normal]}.` };
  for (const [group, names] of Object.entries(ELSEWHERE)) {
    if (!(names as readonly string[]).includes(normal)) continue;
    const { what, fix } = WORDS[group as keyof typeof ELSEWHERE]();
    return { why: `${why}, a method that Keel does not have; it ${what}`, fix };
  }
  return null;
}
