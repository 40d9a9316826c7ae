import type { Fault } from '../../errors.ts';
import type { Plain } from '../preset.ts';
import { valueAt } from '../value-at.ts';

/** A check across several fields, which runs only if each of them is valid by itself. */
export interface CrossCheck {
  /** The fields; the one to fix comes first. */
  readonly fields: readonly string[];
  /** Returns what is wrong and how to fix it, or null. Takes the fields' values in order. */
  readonly fault: (...values: never[]) => Omit<Fault, 'where'> | null;
}

/** Runs every check whose fields have no problem of their own. */
export function crossFaults(checks: readonly CrossCheck[], config: Plain, found: readonly Fault[]): readonly Fault[] {
  const isFaulty = (path: string) => found.some(({ where }) => where === path || where.startsWith(`${path}.`));
  return checks
    .filter(({ fields }) => fields.every((path) => !isFaulty(path) && valueAt(config, path) !== undefined))
    .flatMap(({ fields, fault }) => {
      const broken = (fault as (...values: unknown[]) => Omit<Fault, 'where'> | null)(
        ...fields.map((path) => valueAt(config, path)),
      );
      return broken ? [{ where: fields[0]!, ...broken }] : [];
    });
}

function divides(total: string, part: string): CrossCheck {
  return {
    fields: [part, total],
    fault: (size: number, all: number) =>
      all % size === 0
        ? null
        : {
            why: `is ${size}, which does not divide ${total} (${all})`,
            fix: `Use a divisor of ${all}, or set ${total} to a multiple of ${size}.`,
          },
  };
}

function atMost(low: string, high: string): CrossCheck {
  return {
    fields: [low, high],
    fault: (small: number | null, large: number | null) =>
      small === null || large === null || small <= large
        ? null
        : { why: `is ${small}, above ${high} (${large})`, fix: `Use ${large} or less.` },
  };
}

const schedule: CrossCheck = {
  fields: ['optimizer.min_learning_rate', 'optimizer.learning_rate', 'optimizer.schedule'],
  fault: (floor: number, rate: number, kind: string) =>
    kind === 'constant' || floor <= rate
      ? null
      : { why: `is ${floor}, above learning_rate (${rate})`, fix: `Use ${rate} or less.` },
};

const microBatch = (batch: string): CrossCheck => ({
  fields: ['engine.micro_batch_size', batch],
  fault: (micro: number | null, all: number) =>
    micro === null || all % micro === 0
      ? null
      : { why: `is ${micro}, which does not divide ${batch} (${all})`, fix: `Use a divisor of ${all}, or null.` },
});

export const supervisedChecks: readonly CrossCheck[] = [schedule, microBatch('training.batch_size')];

const responseFits: CrossCheck = {
  fields: ['generation.max_new_tokens', 'data.max_length'],
  fault: (response: number, all: number | null) =>
    all === null || response < all
      ? null
      : {
          why: `is ${response}, which leaves no room for a prompt in data.max_length (${all})`,
          fix: `Use less than ${all}.`,
        },
};

const samplesFit = atMost('evaluation.num_samples', 'evaluation.num_prompts');

const criticStart: CrossCheck = {
  fields: ['critic.init', 'reward'],
  fault: (start: string, reward: { readonly type?: string }) =>
    start !== 'reward_model' || reward.type === 'model'
      ? null
      : {
          why: 'is "reward_model", but the reward is not a single reward model',
          fix: 'Use "policy", or the folder of a model.',
        },
};

export const onlineChecks: readonly CrossCheck[] = [
  schedule,
  responseFits,
  samplesFit,
  divides('rollouts.num_rollouts', 'rollouts.chunk_size'),
  divides('rollouts.num_rollouts', 'rollouts.num_generations'),
  divides('rollouts.num_rollouts', 'updates.minibatch_size'),
  microBatch('updates.minibatch_size'),
  criticStart,
  atMost('generation.min_new_tokens', 'generation.max_new_tokens'),
];
