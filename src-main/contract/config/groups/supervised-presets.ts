import { allFrom, from, type Sourced } from '../preset.ts';
import { checkpointsPreset } from './checkpoints.ts';
import { supervisedDoctorPreset } from './doctor.ts';
import { enginePreset } from './engine-settings.ts';

/** AdamW as PyTorch starts it, without weight decay. */
export const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0 };

/** The values of the `keel` preset that recipes on a fixed dataset share; `trl` names the trainer's config. */
export function keelSupervised(trl: string, learningRate: Sourced<number>) {
  return {
    training: {
      ...allFrom(`${trl}, TrainingArguments`, { epochs: 3, max_steps: null, batch_size: 8 }),
      num_layers_unfrozen: from(`${trl}: all weights are trained`, null),
    },
    optimizer: {
      learning_rate: learningRate,
      ...allFrom('transformers TrainingArguments', { ...ADAM, max_grad_norm: 1, warmup_steps: 0 }),
      ...allFrom('transformers TrainingArguments', { schedule: 'linear' as const, min_learning_rate: 0 }),
    },
    evaluation: { interval_steps: from('Keel: several times per epoch of a small dataset', 100) },
    doctor: supervisedDoctorPreset,
    checkpoints: checkpointsPreset,
    engine: enginePreset,
  };
}
