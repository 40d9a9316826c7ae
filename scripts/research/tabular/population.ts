import { adamW, createAdamW } from '#engine/runtime/adam-w.ts';
import { float32, int32 } from '#engine/runtime/host-tensor.ts';
import { valueAndGradients } from '#engine/runtime/ops/gradients.ts';
import { labelLogprobs } from '#engine/runtime/ops/log-softmax.ts';
import { tf } from '#engine/runtime/tf.ts';
import type { Runtime, StepVariables, Tensor, TensorRecord } from '#engine/runtime/types.ts';
import { apaLoss } from '#engine/update/losses/apa.ts';
import { awrLoss } from '#engine/update/losses/awr.ts';
import { ppoLoss } from '#engine/update/losses/ppo.ts';
import {
  type Environment,
  hardValues,
  logTable,
  type PolicyMetrics,
  policyMetrics,
  type Table,
  visits,
} from './environment.ts';

export type PopulationMethod = 'apa' | 'apa_white' | 'apa_running' | 'apa_frozen' | 'awr' | 'ppo' | 'ppo_kl';

export interface PopulationRun {
  readonly method: PopulationMethod;
  readonly lambda: number;
  readonly optimizer: 'sgd' | 'adam';
  /** Updates for each time the policy is frozen. */
  readonly inner: number;
}

export interface Population {
  /** Loss whose gradient made the update. */
  update(): number;
  metrics(): PolicyMetrics;
  close(): void;
}

const RATES = { sgd: 0.25, adam: 0.05 };
let made = 0;

/**
 * Keel's losses average over entries; a weight w on an entry is had by scaling what enters linearly by w·n (AWR, PPO),
 * or by √(w·n) where it is squared (APA).
 */
function weightedLoss({ method, ...run }: PopulationRun, all: TensorRecord): Tensor {
  const { logprobs, refLogprobs, oldLogprobs, advantages, scale } = all as Record<string, Tensor>;
  const responseMask = tf.onesLike(logprobs!).toBool();
  const lambda = tf.scalar(run.lambda);
  const by = (x: Tensor) => tf.mul(x, scale!);
  if (method === 'awr') {
    return awrLoss({ logprobs: by(logprobs!), advantages: advantages!, responseMask, lambda, weightMax: null }).loss;
  }
  if (method.startsWith('ppo')) {
    const inputs = { logprobs: logprobs!, oldLogprobs: oldLogprobs!, advantages: by(advantages!), responseMask };
    return ppoLoss({ ...inputs, cliprange: 0.2 }).loss;
  }
  return apaLoss({
    logprobs: by(logprobs!),
    refLogprobs: by(refLogprobs!),
    advantages: by(advantages!),
    responseMask,
    lambda,
  }).loss;
}

/** Mean variance of the advantages of all times the policy was frozen, or of the first alone. */
interface SeenVariance {
  mean: number;
  times: number;
}

/** Advantages as the method scales them. Weights w sum to 1. */
function scaled(
  { method }: PopulationRun,
  w: readonly number[],
  advantages: readonly number[],
  seen: SeenVariance,
): readonly number[] {
  if (!['apa_white', 'apa_running', 'apa_frozen'].includes(method)) return advantages;
  const mean = advantages.reduce((sum, a, i) => sum + w[i]! * a, 0);
  const variance = Math.max(advantages.reduce((sum, a, i) => sum + w[i]! * a * a, 0) - mean ** 2, 0);
  if (method === 'apa_white') return advantages.map((a) => (a - mean) / Math.sqrt(variance + 1e-8));
  seen.times += 1;
  if (method === 'apa_running' || seen.times === 1) seen.mean += (variance - seen.mean) / seen.times;
  return advantages.map((a) => a / Math.sqrt(seen.mean + 1e-8));
}

/** What is frozen of the current policy: exact weights and advantages of every state and action. */
function frozen(environment: Environment, run: PopulationRun, policy: Table, seen: SeenVariance) {
  const initial = logTable(environment.initialLogits);
  const penalized =
    run.method === 'ppo_kl'
      ? environment.reward.map((row, s) => row.map((r, a) => r - run.lambda * (policy[s]![a]! - initial[s]![a]!)))
      : environment.reward;
  const { q, v } = hardValues({ ...environment, reward: penalized }, policy);
  const d = visits(environment, policy);
  const total = d.reduce((sum, one) => sum + one, 0);
  const weights = policy.flatMap((row, s) => row.map((logprob) => (d[s]! * Math.exp(logprob)) / total));
  const advantages = q.flatMap((row, s) => row.map((value) => value - v[s]!));
  return {
    weights,
    advantages: scaled(run, weights, advantages, seen),
    oldLogprobs: policy.flat(),
  };
}

/** Training without sampling: each update follows the exact gradient of the expected loss. */
export function createPopulation(runtime: Runtime, environment: Environment, run: PopulationRun): Population {
  made += 1;
  const prefix = `population-${made}`;
  const name = `${prefix}/logits`;
  const [states, actions] = [environment.child.length, environment.child[0]!.length];
  const shape = [states, actions];
  const flat = (values: readonly number[]) => float32(values, shape);
  const labels = int32(
    Array.from({ length: states * actions }, (_, i) => i % actions),
    shape,
  );
  runtime.variables.create(name, flat(environment.initialLogits.flat()));
  if (run.optimizer === 'adam') createAdamW(runtime.variables, prefix, [name]);

  function apply(variables: StepVariables, gradients: TensorRecord, update: Tensor): void {
    if (run.optimizer === 'sgd') {
      variables.assign(name, tf.sub(variables.read(name), tf.mul(RATES.sgd, gradients[name]!)));
      return;
    }
    const options = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 0 };
    adamW(variables, gradients, { ...options, prefix, step: update, learningRate: tf.scalar(RATES.adam) });
  }

  const step = runtime.compile(prefix, (variables, inputs) => {
    const { loss, gradients } = valueAndGradients(variables, [name], (weights) => {
      const tiled = tf.tile(weights(name).expandDims(1), [1, actions, 1]);
      return { loss: weightedLoss(run, { ...inputs, logprobs: labelLogprobs(tiled, inputs.labels!) }), aux: {} };
    });
    apply(variables, gradients, inputs.update!);
    return { loss };
  });

  const policy = () => {
    const { data } = runtime.variables.read(name);
    return logTable(environment.child.map((_, s) => Array.from(data.subarray(s * actions, (s + 1) * actions))));
  };
  let updates = 0;
  const seen: SeenVariance = { mean: 0, times: 0 };
  let kept: ReturnType<typeof frozen> | null = null;
  return {
    update() {
      if (kept === null || updates % run.inner === 0) kept = frozen(environment, run, policy(), seen);
      updates += 1;
      const scale = kept.weights.map((w) => w * states * actions);
      const isSquared = run.method.startsWith('apa');
      return step({
        labels,
        scale: flat(isSquared ? scale.map(Math.sqrt) : scale),
        advantages: flat(kept.advantages),
        oldLogprobs: flat(kept.oldLogprobs),
        refLogprobs: flat(logTable(environment.initialLogits).flat()),
        update: float32([updates], []),
      }).loss!.data[0]!;
    },
    metrics: () => policyMetrics(environment, policy()),
    close: () => runtime.variables.remove(`${prefix}/`),
  };
}
