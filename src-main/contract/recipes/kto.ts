import { z } from 'zod';
import { field, group, real } from '../config/fields/field.ts';
import { checkpointsGroup } from '../config/groups/checkpoints.ts';
import { dataGroup, dataPreset } from '../config/groups/data.ts';
import { supervisedDoctorGroup } from '../config/groups/doctor.ts';
import { supervisedEngineGroup } from '../config/groups/engine-settings.ts';
import { headingFields, modelField, optionalModelField } from '../config/groups/heading.ts';
import { optimizerGroup } from '../config/groups/optimizer.ts';
import { supervisedEvaluationGroup, trainingFields } from '../config/groups/supervised.ts';
import { ADAM, keelSupervised } from '../config/groups/supervised-presets.ts';
import { allFrom, from, type Preset, type Presets } from '../config/preset.ts';
import { supervisedChecks } from '../config/resolving/cross-checks.ts';
import { metricGroup } from '../metrics/metric-entry.ts';
import { describeRecipe } from '../recipe-parts/descriptor.ts';
import { plot } from '../recipe-parts/plot-spec.ts';
import { logpsPlot, marginPlot, preferenceMetrics, rewardsPlot } from '../recipe-parts/preference-parts.ts';
import { gradientPlot, lossPlot, stepTimePlot } from '../recipe-parts/supervised-plots.ts';

const TRL = 'TRL KTOConfig';

/** Kahneman-Tversky optimization: the config file of `recipe: kto`. Docs: docs/algorithms/kto.md. */
const schema = z.strictObject({
  ...headingFields('kto'),
  model: modelField('The language model to train'),
  reference: optionalModelField(
    'The frozen model that the policy is compared with, or null for the model itself as it starts',
  ),
  data: dataGroup,
  method: group(
    {
      loss_type: field(z.enum(['kto', 'apo_zero_unpaired']), {
        description:
          'Value of a response relative to the mean distance from the reference (`kto`), or to no distance ' +
          '(`apo_zero_unpaired`, which needs no estimate of it).',
        source: `${TRL}.loss_type`,
      }),
      beta: field(real(1e-6, 1e3), {
        description: 'How strongly the policy is held near the reference: larger values keep it closer.',
        symbol: 'β',
        source: `${TRL}.beta`,
      }),
      desirable_weight: field(real(0, 1e3), {
        description: 'Weight of responses with a thumb up; raise it if there are few of them.',
        symbol: 'λ_D',
        source: `${TRL}.desirable_weight`,
      }),
      undesirable_weight: field(real(0, 1e3), {
        description: 'Weight of responses with a thumb down; raise it if there are few of them.',
        symbol: 'λ_U',
        source: `${TRL}.undesirable_weight`,
      }),
    },
    'Settings of the method.',
  ),
  training: group(trainingFields, 'Length of the training.'),
  optimizer: optimizerGroup,
  evaluation: supervisedEvaluationGroup,
  doctor: supervisedDoctorGroup,
  checkpoints: checkpointsGroup,
  engine: supervisedEngineGroup,
});
type File = z.infer<typeof schema>;

const AUTHORS = 'HALOs, the code of Ethayarajh et al. 2024, in its newest form';

const keel: Preset<File> = {
  ...keelSupervised(TRL, from(`${TRL}.learning_rate`, 1e-6)),
  name: from('Keel: the recipe', 'kto'),
  seed: from('TRL: seed 42; Keel counts from 0', 0),
  reference: from('TRL KTOTrainer: the model as it starts', null),
  data: { ...dataPreset, truncation_side: from(`${TRL}: the end is cut`, 'right') },
  method: allFrom(TRL, { loss_type: 'kto' as const, beta: 0.1, desirable_weight: 1, undesirable_weight: 1 }),
};

const presets: Presets<File> = {
  keel,
  authors: {
    ...keel,
    data: { ...dataPreset, ...allFrom(AUTHORS, { max_length: 1024, truncation_side: 'left' as const }) },
    method: allFrom(AUTHORS, { loss_type: 'kto' as const, beta: 0.1, desirable_weight: 1, undesirable_weight: 1 }),
    training: allFrom(AUTHORS, { epochs: 1, max_steps: null, batch_size: 32, num_layers_unfrozen: null }),
    optimizer: {
      ...allFrom(AUTHORS, { learning_rate: 5e-6, warmup_steps: 150, max_grad_norm: 5 }),
      ...allFrom(AUTHORS, { schedule: 'constant' as const, min_learning_rate: 5e-6 }),
      ...allFrom(`${AUTHORS}: PyTorch's AdamW as it starts`, { ...ADAM, weight_decay: 0.01 }),
    },
    evaluation: { interval_steps: from(`${AUTHORS}: every 1,024 examples`, 32) },
  },
};

/** The descriptor of the recipe. */
export const kto = describeRecipe({
  name: 'kto',
  title: 'KTO',
  note: 'Learn from single responses with a thumb up or down, directly and without a reward model.',
  order: 27,
  color: { light: '#7a6a1a', dark: '#d6c66b' },
  kind: 'supervised',
  artifacts: ['policy'],
  data: 'judgments',
  schema,
  presets,
  checks: supervisedChecks,
  headline: ['model', 'data.files', 'method.beta', 'method.loss_type', 'training.epochs', 'optimizer.learning_rate'],
  anchor: null,
  metrics: {
    ...preferenceMetrics,
    ...metricGroup('Preferences', {
      'kto/kl': [
        'nats',
        'Estimate of the distance to the reference: log π_θ - log π_ref of responses to other prompts; TRL calls it kl',
        'mean over the batch of the update, at least 0',
        'none',
        'Keel',
        'Starts at 0 and stays small; 0 in many batches is usual.',
      ],
      'eval/kto/kl': [
        'nats',
        'Estimate of the distance to the reference: log π_θ - log π_ref of responses to other prompts',
        'mean over the held-out batches, each at least 0',
        'none',
        'Keel',
      ],
    }),
  },
  figures: ['rewards/margins', 'eval/rewards/margins', 'eval/loss'],
  results: [
    { key: 'eval/rewards/margins', label: 'margin' },
    { key: 'rewards/margins', label: 'margin' },
  ],
  costs: [],
  plots: [
    marginPlot,
    lossPlot,
    rewardsPlot,
    logpsPlot,
    plot('kl', 'Distance to the reference', 'nats', [
      { key: 'kto/kl', label: 'training' },
      { key: 'eval/kto/kl', label: 'held-out', isDashed: true },
    ]),
    gradientPlot,
    stepTimePlot,
  ],
  card: {
    name: 'Kahneman-Tversky optimization',
    text: 'Loss on single responses that a person approved or disapproved: how much more likely than under the reference they became.',
    source: 'Ethayarajh et al. 2024, KTO: Model Alignment as Prospect Theoretic Optimization, arXiv:2402.01306',
  },
});
