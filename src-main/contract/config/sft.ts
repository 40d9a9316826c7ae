import { z } from 'zod';
import { checkpointsGroup, checkpointsPreset } from './checkpoints.ts';
import { dataGroup, dataPreset } from './data.ts';
import { supervisedDoctorGroup, supervisedDoctorPreset } from './doctor.ts';
import { engineGroup, enginePreset } from './engine-settings.ts';
import { field, group } from './field.ts';
import { headingFields, modelField } from './heading.ts';
import { optimizerGroup } from './optimizer.ts';
import { allFrom, from, type Preset, type Presets } from './preset.ts';
import { supervisedEvaluationGroup, trainingFields } from './supervised.ts';

/** Supervised fine-tuning: the config file of `recipe: sft`. Docs: docs/algorithms/sft.md. */
export const sftSchema = z.strictObject({
  ...headingFields('sft'),
  model: modelField('The language model to train'),
  data: dataGroup,
  training: group(
    {
      ...trainingFields,
      assistant_only: field(z.boolean(), {
        description: 'Train on assistant turns and completions only; off, on every token.',
        source: 'TRL SFTConfig.assistant_only_loss, completion_only_loss',
      }),
    },
    'How long and on what.',
  ),
  optimizer: optimizerGroup,
  evaluation: supervisedEvaluationGroup,
  doctor: supervisedDoctorGroup,
  checkpoints: checkpointsGroup,
  engine: engineGroup,
});
export type SftFile = z.infer<typeof sftSchema>;

const TRL = 'TRL SFTConfig';
const HH = 'RLHF-APA, SFT on HH';

const keel: Preset<SftFile> = {
  name: from('Keel: the recipe', 'sft'),
  seed: from('TRL: seed 42; Keel counts from 0', 0),
  data: { ...dataPreset, truncation_side: from(TRL, 'right') },
  training: {
    ...allFrom(`${TRL}, TrainingArguments`, { epochs: 3, max_steps: null, batch_size: 8 }),
    num_layers_unfrozen: from(`${TRL}: every weight trains`, null),
    assistant_only: from('Keel: a prompt is not to be imitated', true),
  },
  optimizer: {
    learning_rate: from(`${TRL}.learning_rate`, 2e-5),
    ...allFrom('transformers TrainingArguments', { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0 }),
    ...allFrom('transformers TrainingArguments', { max_grad_norm: 1, warmup_steps: 0 }),
    ...allFrom('transformers TrainingArguments', { schedule: 'linear' as const, min_learning_rate: 0 }),
  },
  evaluation: { interval_steps: from('Keel: several times in an epoch of a small dataset', 100) },
  doctor: supervisedDoctorPreset,
  checkpoints: checkpointsPreset,
  engine: enginePreset,
};

export const sftPresets: Presets<SftFile> = {
  keel,
  authors: {
    ...keel,
    training: {
      ...allFrom(HH, { epochs: 1000, max_steps: 10_000, batch_size: 4, num_layers_unfrozen: null }),
      assistant_only: from(`${HH}: the whole dialog is trained on`, false),
    },
    optimizer: {
      ...allFrom(HH, { learning_rate: 1e-6, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weight_decay: 1e-6 }),
      ...allFrom(HH, { max_grad_norm: 1, warmup_steps: 0, schedule: 'constant' as const, min_learning_rate: 1e-6 }),
    },
    evaluation: { interval_steps: from(HH, 1000) },
  },
};
