import { generalizedAdvantages } from '#engine/advantage/gae.ts';
import { whitened } from '#engine/advantage/whiten.ts';
import { adamW, createAdamW } from '#engine/runtime/adam-w.ts';
import { type SeededGenerator, seededGenerator } from '#engine/runtime/host-random.ts';
import { bool, float32, int32 } from '#engine/runtime/host-tensor.ts';
import { embeddingLookup } from '#engine/runtime/ops/embedding-lookup.ts';
import { valueAndGradients } from '#engine/runtime/ops/gradients.ts';
import { labelLogprobs } from '#engine/runtime/ops/log-softmax.ts';
import { tf } from '#engine/runtime/tf.ts';
import type { CompiledStep, HostRecord, Runtime, Tensor, TensorRecord } from '#engine/runtime/types.ts';
import { apaLoss } from '#engine/update/losses/apa.ts';
import { awrLoss } from '#engine/update/losses/awr.ts';
import { ppoLoss } from '#engine/update/losses/ppo.ts';
import { valueLoss } from '#engine/update/losses/value.ts';
import { type Environment, logTable, type PolicyMetrics, policyMetrics, type Table } from './environment.ts';
import type { PopulationMethod } from './population.ts';

export interface SampledRun {
  readonly method: PopulationMethod;
  readonly lambda: number;
  /** Independent repetitions, trained side by side. */
  readonly replicas: number;
  readonly iterations: number;
  readonly seed: number;
}

const ROLLOUTS = 256;
const MINIBATCH = 64;
const EPOCHS = 2;
const RATES = { logits: 0.01, values: 0.05 };
const GAE_LAM = 0.95;

/** Cells of one replica's rollouts [ROLLOUTS, depth], row by row. */
interface Episodes {
  readonly states: Int32Array;
  readonly actions: Int32Array;
  readonly stored: Uint8Array;
  readonly rewards: Float64Array;
  readonly oldLogprobs: Float64Array;
  readonly refLogprobs: Float64Array;
  readonly values: Float64Array;
}

function draw(random: SeededGenerator, logprobs: readonly number[]): number {
  let left = random.uniform();
  const action = logprobs.findIndex((logprob) => {
    left -= Math.exp(logprob);
    return left < 0;
  });
  return action < 0 ? logprobs.length - 1 : action;
}

function sampleEpisodes(
  environment: Environment,
  policy: Table,
  critic: readonly number[],
  klCoef: number,
  random: SeededGenerator,
): Episodes {
  const { child, reward, depth } = environment;
  const initial = logTable(environment.initialLogits);
  const cells = ROLLOUTS * depth;
  const [states, actions, stored] = [new Int32Array(cells), new Int32Array(cells), new Uint8Array(cells)];
  const [rewards, oldLogprobs, refLogprobs, values] = Array.from({ length: 4 }, () => new Float64Array(cells)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let row = 0; row < ROLLOUTS; row++) {
    let state = 0;
    for (let i = row * depth; state >= 0; i++) {
      const action = draw(random, policy[state]!);
      states[i] = state;
      actions[i] = action;
      stored[i] = 1;
      oldLogprobs[i] = policy[state]![action]!;
      refLogprobs[i] = initial[state]![action]!;
      values[i] = critic[state]!;
      rewards[i] = reward[state]![action]! - klCoef * (oldLogprobs[i]! - refLogprobs[i]!);
      state = child[state]![action]!;
    }
  }
  return { states, actions, stored, rewards, oldLogprobs, refLogprobs, values };
}

const isWhitened = (method: PopulationMethod) => method === 'apa_white' || method.startsWith('ppo');

/** The losses of all replicas in one: each entry is scaled so that every replica has its own mean, and the sum is taken. */
function lossOf({ method, ...run }: SampledRun, all: TensorRecord, logprobs: Tensor, values: Tensor): Tensor {
  const { refLogprobs, oldLogprobs, advantages, returns, responseMask, share } = all as Record<string, Tensor>;
  const common = { responseMask: responseMask!, entries: tf.scalar(1) };
  const lambda = tf.scalar(run.lambda);
  const root = tf.sqrt(share!);
  const squared = (x: Tensor) => tf.mul(x, root);
  const linear = (x: Tensor) => tf.mul(x, share!);
  const ofValues = valueLoss({ ...common, values: squared(values), returns: squared(returns!) }).loss;
  const policyLoss = () => {
    if (method === 'awr') {
      return awrLoss({
        ...common,
        logprobs: linear(logprobs),
        advantages: advantages!,
        lambda,
        weightMax: null,
      });
    }
    if (method.startsWith('ppo')) {
      const inputs = { ...common, logprobs, oldLogprobs: oldLogprobs!, advantages: linear(advantages!) };
      return ppoLoss({ ...inputs, cliprange: 0.2 });
    }
    const target = { refLogprobs: squared(refLogprobs!), advantages: squared(advantages!) };
    return apaLoss({ ...common, ...target, logprobs: squared(logprobs), lambda });
  };
  return tf.add(policyLoss().loss, ofValues);
}

function compileUpdate(runtime: Runtime, run: SampledRun, prefix: string): CompiledStep {
  const [logitsName, valuesName] = [`${prefix}/logits`, `${prefix}/values`];
  return runtime.compile(prefix, (variables, inputs) => {
    const { loss, gradients } = valueAndGradients(variables, [logitsName, valuesName], (weights) => {
      const logits = embeddingLookup(weights(logitsName), inputs.cells!);
      const values = embeddingLookup(weights(valuesName), inputs.cells!).squeeze([-1]);
      return { loss: lossOf(run, inputs, labelLogprobs(logits, inputs.actions!), values), aux: {} };
    });
    const options = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 0, step: inputs.update! };
    for (const [name, rate] of [
      [logitsName, RATES.logits],
      [valuesName, RATES.values],
    ] as const) {
      adamW(variables, { [name]: gradients[name]! }, { ...options, prefix, learningRate: tf.scalar(rate) });
    }
    return { loss };
  });
}

/** One minibatch of every replica, laid out below one another. */
function minibatch(environment: Environment, run: SampledRun, replicas: readonly Episodes[], part: number): HostRecord {
  const { depth, child } = environment;
  const [from, to] = [part * MINIBATCH * depth, (part + 1) * MINIBATCH * depth];
  const rows = replicas.map((episodes, replica) => {
    const cut = <T extends Float64Array | Int32Array | Uint8Array>(x: T) => x.subarray(from, to) as T;
    const stored = cut(episodes.stored);
    const gae = generalizedAdvantages({
      values: cut(episodes.values),
      rewards: cut(episodes.rewards),
      responseMask: stored,
      width: depth,
      gamma: 1,
      lam: GAE_LAM,
    });
    const n = stored.reduce((sum, on) => sum + on, 0);
    return {
      cells: Array.from(cut(episodes.states), (state) => state + replica * child.length),
      actions: Array.from(cut(episodes.actions)),
      responseMask: Array.from(stored, Boolean),
      advantages: Array.from(
        isWhitened(run.method) ? whitened(gae.advantages, null, { unbiased: false }) : gae.advantages,
      ),
      returns: Array.from(gae.returns),
      oldLogprobs: Array.from(cut(episodes.oldLogprobs)),
      refLogprobs: Array.from(cut(episodes.refLogprobs)),
      share: Array.from(stored, () => 1 / n),
    };
  });
  const shape = [replicas.length * MINIBATCH, depth];
  const floats = (pick: (row: (typeof rows)[number]) => number[]) => float32(rows.flatMap(pick), shape);
  return {
    cells: int32(
      rows.flatMap((row) => row.cells),
      shape,
    ),
    actions: int32(
      rows.flatMap((row) => row.actions),
      shape,
    ),
    responseMask: bool(
      rows.flatMap((row) => row.responseMask),
      shape,
    ),
    advantages: floats((row) => row.advantages),
    returns: floats((row) => row.returns),
    oldLogprobs: floats((row) => row.oldLogprobs),
    refLogprobs: floats((row) => row.refLogprobs),
    share: floats((row) => row.share),
  };
}

let made = 0;

/**
 * The loop of an online recipe in miniature: sample, estimate advantages by GAE with a learned critic, two updates on
 * each minibatch. Gives the exact metrics of every replica's final policy.
 */
export function runSampled(runtime: Runtime, environment: Environment, run: SampledRun): readonly PolicyMetrics[] {
  made += 1;
  const prefix = `sampled-${made}`;
  const [states, actions] = [environment.child.length, environment.child[0]!.length];
  const logits = Array.from({ length: run.replicas }, () => environment.initialLogits.flat()).flat();
  runtime.variables.create(`${prefix}/logits`, float32(logits, [run.replicas * states, actions]));
  runtime.variables.create(
    `${prefix}/values`,
    float32(new Float32Array(run.replicas * states), [run.replicas * states, 1]),
  );
  createAdamW(runtime.variables, prefix, [`${prefix}/logits`, `${prefix}/values`]);
  const step = compileUpdate(runtime, run, prefix);
  const random = Array.from({ length: run.replicas }, (_, replica) => seededGenerator(run.seed, `replica/${replica}`));

  const policies = (): readonly Table[] => {
    const { data } = runtime.variables.read(`${prefix}/logits`);
    const rowOf = (row: number) => Array.from(data.subarray(row * actions, (row + 1) * actions));
    return random.map((_, replica) => logTable(environment.child.map((_row, s) => rowOf(replica * states + s))));
  };
  let update = 0;
  for (let iteration = 0; iteration < run.iterations; iteration++) {
    const values = runtime.variables.read(`${prefix}/values`).data;
    const klCoef = run.method === 'ppo_kl' ? run.lambda : 0;
    const collected = policies().map((policy, replica) => {
      const critic = Array.from(values.subarray(replica * states, (replica + 1) * states));
      return sampleEpisodes(environment, policy, critic, klCoef, random[replica]!);
    });
    for (let part = 0; part < ROLLOUTS / MINIBATCH; part++) {
      const inputs = minibatch(environment, run, collected, part);
      for (let epoch = 0; epoch < EPOCHS; epoch++) {
        update += 1;
        step({ ...inputs, update: float32([update], []) });
      }
    }
  }
  const metrics = policies().map((policy) => policyMetrics(environment, policy));
  runtime.variables.remove(`${prefix}/`);
  return metrics;
}
