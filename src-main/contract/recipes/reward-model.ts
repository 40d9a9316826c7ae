import { z } from 'zod';
import { field, group, real, whole } from '../config/fields/field.ts';
import { checkpointsGroup } from '../config/groups/checkpoints.ts';
import { dataGroup, dataPreset } from '../config/groups/data.ts';
import { supervisedDoctorGroup } from '../config/groups/doctor.ts';
import { supervisedEngineGroup } from '../config/groups/engine-settings.ts';
import { headingFields, modelField } from '../config/groups/heading.ts';
import { optimizerGroup } from '../config/groups/optimizer.ts';
import { supervisedEvaluationGroup, trainingFields } from '../config/groups/supervised.ts';
import { ADAM, keelSupervised } from '../config/groups/supervised-presets.ts';
import { allFrom, from, type Preset, type Presets } from '../config/preset.ts';
import { supervisedChecks } from '../config/resolving/cross-checks.ts';
import { describeRecipe } from '../recipe-parts/descriptor.ts';
import { plot } from '../recipe-parts/plot-spec.ts';
import { gradientPlot, lossPlot, stepTimePlot } from '../recipe-parts/supervised-plots.ts';

/** Reward modeling: the config file of `recipe: reward-model`. Docs: docs/algorithms/reward-model.md. */
const schema = z.strictObject({
  ...headingFields('reward-model'),
  model: modelField('The language model whose trunk the reward model starts from'),
  data: dataGroup,
  training: group(
    {
      ...trainingFields,
      loss: field(z.enum(['last_token', 'tokenwise']), {
        description:
          'Pairwise loss on the score of the last token (`last_token`, Bradley-Terry), or averaged over the tokens ' +
          'from the first difference on (`tokenwise`).',
        source: 'docs/algorithms/reward-model.md',
      }),
      center_rewards_coefficient: field(real(0, 100), {
        description: 'Weight of (chosen + rejected)², which keeps the scores around 0; 0 turns it off.',
        source: 'TRL RewardConfig.center_rewards_coefficient',
      }),
    },
    'Length of the training, and its loss.',
  ),
  optimizer: optimizerGroup,
  evaluation: supervisedEvaluationGroup,
  certificate: group(
    {
      max_pairs: field(whole(10, 10_000_000).nullable(), {
        description: 'Maximum number of held-out pairs to measure on; null for all.',
        unit: 'pairs',
      }),
    },
    'Measurement of the finished reward model on held-out pairs.',
  ),
  doctor: supervisedDoctorGroup,
  checkpoints: checkpointsGroup,
  engine: supervisedEngineGroup,
});
type File = z.infer<typeof schema>;

const TRL = 'TRL RewardConfig';
const TLDR = 'RLHF-APA, reward model on TL;DR';

const shared = keelSupervised(TRL, from(TLDR, 1e-5));
const keel: Preset<File> = {
  ...shared,
  name: from('Keel: the recipe', 'reward-model'),
  seed: from('TRL: seed 42; Keel counts from 0', 0),
  data: dataPreset,
  training: {
    ...shared.training,
    loss: from('TRL RewardTrainer; Ouyang et al. 2022, eq. 1', 'last_token'),
    center_rewards_coefficient: from('TRL RewardConfig: off', 0),
  },
  certificate: { max_pairs: from('Keel: every held-out pair', null) },
};

const presets: Presets<File> = {
  keel,
  authors: {
    ...keel,
    data: { ...dataPreset, ...allFrom(TLDR, { max_length: 550, truncation_side: 'right' as const }) },
    training: {
      ...allFrom(TLDR, { epochs: 5, max_steps: null, loss: 'tokenwise' as const, center_rewards_coefficient: 0 }),
      batch_size: from(`${TLDR}: batch 1, accumulation 4`, 4),
      num_layers_unfrozen: from(`${TLDR}: bottom 70% of GPT-J's 28 blocks frozen`, 8),
    },
    optimizer: {
      ...allFrom(TLDR, { learning_rate: 1e-5, beta1: 0.9, beta2: 0.999, warmup_steps: 100 }),
      ...allFrom('transformers TrainingArguments', {
        epsilon: ADAM.epsilon,
        weight_decay: ADAM.weight_decay,
        max_grad_norm: 1,
      }),
      ...allFrom('transformers TrainingArguments', { schedule: 'linear' as const, min_learning_rate: 0 }),
    },
  },
};

/** The descriptor of the recipe. */
export const rewardModel = describeRecipe({
  name: 'reward-model',
  title: 'Reward model',
  note: 'Learn from pairs which of two responses people prefer, and certify how accurate the result is.',
  order: 20,
  color: { light: '#6b5b95', dark: '#b3a4d8' },
  kind: 'supervised',
  artifacts: ['reward_model'],
  data: 'comparisons',
  schema,
  presets,
  checks: supervisedChecks,
  headline: ['model', 'data.files', 'training.epochs', 'training.batch_size', 'optimizer.learning_rate'],
  anchor: null,
  metrics: {},
  figures: ['accuracy', 'eval/accuracy', 'eval/loss'],
  results: [
    { key: 'eval/accuracy', label: 'agrees', isShare: true },
    { key: 'accuracy', label: 'agrees', isShare: true },
  ],
  costs: [],
  plots: [
    plot('accuracy', 'Pair accuracy', 'share of pairs', [
      { key: 'accuracy', label: 'training' },
      { key: 'eval/accuracy', label: 'held-out', isDashed: true },
    ]),
    lossPlot,
    plot('margin', 'Margin', 'score', [
      { key: 'margin', label: 'training' },
      { key: 'eval/margin', label: 'held-out', isDashed: true },
    ]),
    plot('scores', 'Scores', 'score', [
      { key: 'max_reward', label: 'highest' },
      { key: 'mean_reward', label: 'mean' },
      { key: 'min_reward', label: 'lowest' },
    ]),
    gradientPlot,
    stepTimePlot,
  ],
  card: {
    name: 'reward modeling',
    text: 'Bradley-Terry loss on pairs of responses, one of which a person preferred.',
    source: 'Ouyang et al. 2022, Training language models to follow instructions with human feedback, arXiv:2203.02155',
  },
});
