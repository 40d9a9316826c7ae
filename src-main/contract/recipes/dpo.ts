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
import { type CrossCheck, supervisedChecks } from '../config/resolving/cross-checks.ts';
import { describeRecipe } from '../recipe-parts/descriptor.ts';
import {
  accuracyMetrics,
  accuracyPlot,
  logpsPlot,
  marginPlot,
  preferenceMetrics,
  rewardsPlot,
} from '../recipe-parts/preference-parts.ts';
import { gradientPlot, lossPlot, stepTimePlot } from '../recipe-parts/supervised-plots.ts';

const TRL = 'TRL DPOConfig';

/** Direct preference optimization: the config file of `recipe: dpo`. Docs: docs/algorithms/dpo.md. */
const schema = z.strictObject({
  ...headingFields('dpo'),
  model: modelField('The language model to train'),
  reference: optionalModelField(
    'The frozen model that the policy is compared with, or null for the model itself as it starts',
  ),
  data: dataGroup,
  method: group(
    {
      loss_type: field(z.enum(['sigmoid', 'ipo', 'hinge', 'robust']), {
        description:
          'Loss of a pair: logistic (`sigmoid`), a squared distance to a fixed margin per token (`ipo`), `hinge`, or ' +
          'logistic and unbiased if a share of the labels is swapped (`robust`).',
        source: `${TRL}.loss_type`,
      }),
      beta: field(real(1e-6, 1e3), {
        description:
          'How strongly the policy is held near the reference: larger values keep it closer. With `ipo`, the margin ' +
          'to reach is 1 / (2β).',
        symbol: 'β',
        source: `${TRL}.beta`,
      }),
      label_smoothing: field(real(0, 0.49), {
        description: 'Assumed share of pairs whose labels are swapped; for `sigmoid` and `robust`.',
        symbol: 'ε',
        source: `${TRL}.label_smoothing`,
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

const smoothing: CrossCheck = {
  fields: ['method.label_smoothing', 'method.loss_type'],
  fault: (share: number, kind: string) =>
    share === 0 || kind === 'sigmoid' || kind === 'robust'
      ? null
      : { why: `is ${share}, which ${kind} does not use`, fix: 'Use 0, or set method.loss_type to sigmoid or robust.' },
};

const AUTHORS = 'Rafailov et al. 2023, released code';

const keel: Preset<File> = {
  ...keelSupervised(TRL, from(`${TRL}.learning_rate`, 1e-6)),
  name: from('Keel: the recipe', 'dpo'),
  seed: from('TRL: seed 42; Keel counts from 0', 0),
  reference: from('TRL DPOTrainer: the model as it starts', null),
  data: { ...dataPreset, truncation_side: from(`${TRL}.truncation_mode`, 'right') },
  method: allFrom(TRL, { loss_type: 'sigmoid' as const, beta: 0.1, label_smoothing: 0 }),
};

const presets: Presets<File> = {
  keel,
  authors: {
    ...keel,
    data: { ...dataPreset, ...allFrom(AUTHORS, { max_length: 512, truncation_side: 'left' as const }) },
    method: allFrom(AUTHORS, { loss_type: 'sigmoid' as const, beta: 0.1, label_smoothing: 0 }),
    training: allFrom(AUTHORS, { epochs: 1, max_steps: null, batch_size: 64, num_layers_unfrozen: null }),
    optimizer: {
      ...allFrom(AUTHORS, { learning_rate: 5e-7, warmup_steps: 150, max_grad_norm: 10 }),
      ...allFrom(AUTHORS, { schedule: 'constant' as const, min_learning_rate: 5e-7 }),
      ...allFrom('transformers TrainingArguments; the released code uses RMSprop', ADAM),
    },
    evaluation: { interval_steps: from(`${AUTHORS}: every 19,968 examples`, 312) },
  },
};

/** The descriptor of the recipe. */
export const dpo = describeRecipe({
  name: 'dpo',
  title: 'DPO',
  note: 'Learn from pairs which of two responses people prefer, directly and without a reward model.',
  order: 25,
  color: { light: '#8a5a1f', dark: '#e3b778' },
  kind: 'supervised',
  artifacts: ['policy'],
  data: 'comparisons',
  schema,
  presets,
  checks: [...supervisedChecks, smoothing],
  headline: ['model', 'data.files', 'method.beta', 'method.loss_type', 'training.epochs', 'optimizer.learning_rate'],
  anchor: null,
  metrics: { ...preferenceMetrics, ...accuracyMetrics },
  figures: ['rewards/accuracies', 'eval/rewards/accuracies', 'eval/loss', 'eval/rewards/margins'],
  results: [
    { key: 'eval/rewards/accuracies', label: 'agrees', isShare: true },
    { key: 'rewards/accuracies', label: 'agrees', isShare: true },
  ],
  costs: [],
  plots: [accuracyPlot, lossPlot, marginPlot, rewardsPlot, logpsPlot, gradientPlot, stepTimePlot],
  card: {
    name: 'direct preference optimization',
    text: 'Loss on pairs of responses, one of which a person preferred: how much more likely than under the reference it became.',
    source: 'Rafailov et al. 2023, Direct Preference Optimization, arXiv:2305.18290',
  },
});
