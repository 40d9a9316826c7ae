import { z } from 'zod';
import { field, group } from '../config/fields/field.ts';
import { checkpointsGroup } from '../config/groups/checkpoints.ts';
import { dataGroup, dataPreset } from '../config/groups/data.ts';
import { supervisedDoctorGroup } from '../config/groups/doctor.ts';
import { supervisedEngineGroup } from '../config/groups/engine-settings.ts';
import { headingFields, modelField } from '../config/groups/heading.ts';
import { optimizerGroup } from '../config/groups/optimizer.ts';
import { supervisedEvaluationGroup, trainingFields } from '../config/groups/supervised.ts';
import { keelSupervised } from '../config/groups/supervised-presets.ts';
import { allFrom, from, type Preset, type Presets } from '../config/preset.ts';
import { supervisedChecks } from '../config/resolving/cross-checks.ts';
import { describeRecipe } from '../recipe-parts/descriptor.ts';
import { plot } from '../recipe-parts/plot-spec.ts';
import { gradientPlot, lossPlot, memoryPlot, ratePlot, stepTimePlot } from '../recipe-parts/supervised-plots.ts';

/** Supervised fine-tuning: the config file of `recipe: sft`. Docs: docs/algorithms/sft.md. */
const schema = z.strictObject({
  ...headingFields('sft'),
  model: modelField('The language model to train'),
  data: dataGroup,
  training: group(
    {
      ...trainingFields,
      assistant_only: field(z.boolean(), {
        description: 'Train only on assistant turns and completions. If off, train on every token.',
        source: 'TRL SFTConfig.assistant_only_loss, completion_only_loss',
      }),
      multi_turn: field(z.enum(['unchanged', 'expand']), {
        description:
          'How to train a conversation of several assistant turns if the chat template shows earlier turns differently ' +
          'once others follow, as one that drops old reasoning does: on the turns that stand `unchanged` in the whole ' +
          'conversation, or with `expand` on a row of its own for every turn, which ends with that turn.',
      }),
    },
    'Length of the training, and its tokens.',
  ),
  optimizer: optimizerGroup,
  evaluation: supervisedEvaluationGroup,
  doctor: supervisedDoctorGroup,
  checkpoints: checkpointsGroup,
  engine: supervisedEngineGroup,
});
type File = z.infer<typeof schema>;

const TRL = 'TRL SFTConfig';
const HH = 'RLHF-APA, SFT on HH';

const shared = keelSupervised(TRL, from(`${TRL}.learning_rate`, 2e-5));
const keel: Preset<File> = {
  ...shared,
  name: from('Keel: the recipe', 'sft'),
  seed: from('TRL: seed 42; Keel counts from 0', 0),
  data: { ...dataPreset, truncation_side: from(TRL, 'right') },
  training: {
    ...shared.training,
    assistant_only: from('Keel: prompts should not be imitated', true),
    multi_turn: from('Keel: one row for each row of the file', 'unchanged'),
  },
};

const presets: Presets<File> = {
  keel,
  authors: {
    ...keel,
    training: {
      ...allFrom(HH, { epochs: 1000, max_steps: 10_000, batch_size: 4, num_layers_unfrozen: null }),
      assistant_only: from(`${HH}: the whole dialog is trained on`, false),
      multi_turn: from(`${HH}: one row for each dialog`, 'unchanged'),
    },
    optimizer: {
      ...allFrom(HH, { learning_rate: 1e-6, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weight_decay: 1e-6 }),
      ...allFrom(HH, { max_grad_norm: 1, warmup_steps: 0, schedule: 'constant' as const, min_learning_rate: 1e-6 }),
    },
    evaluation: { interval_steps: from(HH, 1000) },
  },
};

/** The descriptor of the recipe. */
export const sft = describeRecipe({
  name: 'sft',
  title: 'SFT',
  note: 'Teach a model by example: it learns to write like your demonstrations.',
  order: 10,
  color: { light: '#2b7ba6', dark: '#7cc4ea' },
  kind: 'supervised',
  artifacts: ['policy'],
  data: 'demonstrations',
  schema,
  presets,
  checks: supervisedChecks,
  headline: ['model', 'data.files', 'training.epochs', 'training.batch_size', 'optimizer.learning_rate'],
  anchor: null,
  metrics: {},
  figures: ['loss', 'eval/loss', 'eval/mean_token_accuracy'],
  results: [
    { key: 'eval/loss', label: 'loss' },
    { key: 'loss', label: 'loss' },
  ],
  costs: [],
  plots: [
    lossPlot,
    plot('accuracy', 'Token accuracy', 'share of trained tokens', [
      { key: 'mean_token_accuracy', label: 'training' },
      { key: 'eval/mean_token_accuracy', label: 'held-out', isDashed: true },
    ]),
    gradientPlot,
    ratePlot,
    stepTimePlot,
    memoryPlot,
  ],
  card: {
    name: 'supervised fine-tuning',
    text: 'Cross-entropy on the trained tokens of demonstrations.',
    source: '',
  },
});
