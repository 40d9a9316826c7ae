import type { Detail } from '../../session/context.ts';

/** Rows per pass that a trial uses instead of the configured number. */
export interface TrialSize {
  /** Rows in an update's forward and backward pass: minibatch or batch. */
  readonly batch: number | null;
  /** Responses scored at once. */
  readonly chunk: number | null;
  readonly microBatch: number | null;
}

/** How much of a collection and of an evaluation is run, at most; what is larger is extrapolated. */
export interface TrialWork {
  /** Responses of a collection. */
  readonly collected: number;
  /** Prompts or rows of an evaluation. */
  readonly evaluated: number;
}

/** Number of updates after which a trial of a supervised recipe evaluates. */
const SUPERVISED_EVALUATION = 6;
const NEVER = 10_000_000;

export type TrialConfig = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

function commonMultiple(a: number, b: number): number {
  const divisor = (x: number, y: number): number => (y === 0 ? x : divisor(y, x % y));
  return (a / divisor(a, b)) * b;
}

/** The smallest number of responses, not below the wanted one, with which every chunk and minibatch is whole. */
function trialRollouts(wanted: number, chunk: number, batch: number): number {
  const unit = commonMultiple(chunk, batch);
  return Math.ceil(wanted / unit) * unit;
}

const NO_CHECKPOINTS = { interval_seconds: 86_400, interval_steps: null, keep_best: false };

function onlineTrial(config: TrialConfig, size: TrialSize, most: TrialWork): Detail {
  const chunk = size.chunk ?? Number(config.rollouts!.chunk_size);
  const batch = size.batch ?? Number(config.updates!.minibatch_size);
  const numPrompts = Math.min(Number(config.evaluation!.num_prompts), most.evaluated);
  const wanted = Math.min(Number(config.rollouts!.num_rollouts), most.collected);
  return {
    ...config,
    rollouts: {
      ...config.rollouts,
      chunk_size: chunk,
      num_rollouts: trialRollouts(wanted, chunk, batch),
    },
    updates: { ...config.updates, minibatch_size: batch, num_ppo_epochs: 1, total_iterations: NEVER },
    // The response to each prompt is reported, so that the trial knows how many there are.
    evaluation: { ...config.evaluation, interval_iterations: 2, num_prompts: numPrompts, num_samples: numPrompts },
    doctor: { ...config.doctor, action: 'off' },
    checkpoints: { ...config.checkpoints, ...NO_CHECKPOINTS },
    engine: { ...config.engine, micro_batch_size: size.microBatch },
  };
}

function supervisedTrial(config: TrialConfig, size: TrialSize, { evaluated }: TrialWork): Detail {
  const batch = size.batch ?? Number(config.training!.batch_size);
  const heldOut = (config.data!.held_out_size as number | null) ?? NEVER;
  return {
    ...config,
    data: { ...config.data, held_out_size: Math.min(heldOut, Math.max(evaluated, batch)) },
    training: { ...config.training, batch_size: batch },
    evaluation: { ...config.evaluation, interval_steps: SUPERVISED_EVALUATION },
    checkpoints: { ...config.checkpoints, ...NO_CHECKPOINTS },
    engine: { ...config.engine, micro_batch_size: size.microBatch },
  };
}

export const isOnline = (config: TrialConfig): boolean => 'rollouts' in config;

/**
 * A resolved config file with the same models, data, lengths and steps, but so little work that a trial ends soon: one
 * pass of updates, few evaluation rows, no checkpoint unless requested.
 */
export function trialConfig(config: Detail, size: TrialSize, most: TrialWork): Detail {
  const given = config as TrialConfig;
  return isOnline(given) ? onlineTrial(given, size, most) : supervisedTrial(given, size, most);
}
