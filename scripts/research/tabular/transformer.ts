import { parseModelConfig } from '#engine/model/config/parse-config.ts';
import { initializeParameters } from '#engine/model/initial-values.ts';
import { createLanguageModel } from '#engine/model/language-model.ts';
import { plainWeights } from '#engine/model/weights.ts';
import { adamW, createAdamW } from '#engine/runtime/adam-w.ts';
import { float32 } from '#engine/runtime/host-tensor.ts';
import { valueAndGradients } from '#engine/runtime/ops/gradients.ts';
import { tf } from '#engine/runtime/tf.ts';
import type { HostRecord, Lookup, Runtime, StepVariables, Tensor, TensorRecord } from '#engine/runtime/types.ts';
import { apaLoss } from '#engine/update/losses/apa.ts';
import {
  hardValues,
  logSoftmax,
  logTable,
  type PolicyMetrics,
  policyMetrics,
  type Table,
  tree,
  visits,
} from './environment.ts';

const ACTIONS = 4;
/** Begins every sequence; never an action. */
const BEGIN = 4;
const LETTERS = [1, 2, 3] as const;

/** Every pair of letters after the beginning: the prefixes of all 40 sequences. Shape [9, 3]. */
const PREFIXES = LETTERS.flatMap((a) => LETTERS.map((b) => [BEGIN, a, b]));
/** Which position of the flattened prefixes is which state of the tree: (), 1, 2, 3, 11, 12, … Shape [13]. */
const STATES = [0, 1, 10, 19, ...PREFIXES.map((_, row) => 3 * row + 2)];

const CONFIG = parseModelConfig({
  ...{ model_type: 'llama', hidden_act: 'silu', vocab_size: 8, hidden_size: 32, intermediate_size: 96 },
  ...{ num_hidden_layers: 2, num_attention_heads: 2, num_key_value_heads: 2, max_position_embeddings: 8 },
  ...{ rms_norm_eps: 1e-5, rope_theta: 10_000, tie_word_embeddings: false, bos_token_id: BEGIN, eos_token_id: 0 },
});

/** A language model whose responses are the 40 sequences of the tree, trained on their exact expectation. */
interface TreeTransformer {
  /** One update towards the tree's initial policy; returns the largest difference of a log-probability. */
  imitate(rate: number): number;
  /** One update of APA by Keel's loss, with the visits and advantages of the current policy. */
  align(lambda: number, rate: number): void;
  metrics(): PolicyMetrics;
  /** log π - A/λ - log π_init summed over the states of an episode: at the fixed point, its KL (theory: -log Z). */
  residual(lambda: number): number;
}

let made = 0;

/** Log-probabilities of the four actions in all 13 states. Shape [13, 4]. */
function policyOf(prefix: string, lookup: Lookup): Tensor {
  const model = createLanguageModel(CONFIG);
  const weights = plainWeights(prefix)(lookup as never);
  const ids = tf.tensor2d(PREFIXES, [9, 3], 'int32');
  const positions = tf.tensor2d(
    PREFIXES.map(() => [0, 1, 2]),
    [9, 3],
    'int32',
  );
  const { hidden } = model.forward(weights, { ids, positions, attentionMask: tf.onesLike(ids).toBool() });
  const states = tf.gather(hidden.reshape([-1, CONFIG.width]), tf.tensor1d(STATES, 'int32'));
  const logits = model.logits(weights, states).slice([0, 0], [STATES.length, ACTIONS]);
  return tf.logSoftmax(logits);
}

/** The numbers of one update: exact weights and advantages under the current policy. */
function expectationOf(policy: Table) {
  const { q, v } = hardValues(tree(), policy);
  const d = visits(tree(), policy);
  const total = d.reduce((sum, one) => sum + one, 0);
  const share = policy.flatMap((row, s) => row.map((logprob) => (d[s]! * Math.exp(logprob)) / total));
  return { share, total, advantages: q.flatMap((row, s) => row.map((value) => value - v[s]!)) };
}

const TABLE = [STATES.length, ACTIONS] as const;

/** The compiled steps of a transformer whose weights are below a prefix. */
function createSteps(runtime: Runtime, prefix: string) {
  const names = runtime.variables.names(`${prefix}/`);
  createAdamW(runtime.variables, prefix, names);
  function learn(variables: StepVariables, inputs: TensorRecord, lossOf: (logprobs: Tensor) => Tensor): TensorRecord {
    const { loss, gradients } = valueAndGradients(variables, names, (lookup) => ({
      loss: lossOf(policyOf(prefix, lookup)),
      aux: {},
    }));
    const options = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 };
    adamW(variables, gradients, { ...options, prefix, step: inputs.update!, learningRate: inputs.rate! });
    return { loss };
  }
  const imitate = runtime.compile(`${prefix}/imitate`, (variables, inputs) => {
    return learn(variables, inputs, (logprobs) => tf.mean(tf.square(tf.sub(logprobs, inputs.initial!))));
  });
  // A weight w on a squared residual is had by scaling what is squared by √(w n).
  const align = runtime.compile(`${prefix}/align`, (variables, inputs) => {
    const by = (x: Tensor) => tf.mul(x, inputs.scale!);
    return learn(variables, inputs, (logprobs) => {
      const responseMask = tf.onesLike(logprobs).toBool();
      const scaled = { logprobs: by(logprobs), refLogprobs: by(inputs.initial!), advantages: by(inputs.advantages!) };
      return apaLoss({ ...scaled, responseMask, lambda: inputs.lambda! }).loss;
    });
  });
  const forward = runtime.compile(`${prefix}/policy`, (variables) => {
    return { logprobs: policyOf(prefix, variables.weights()) };
  });
  return { imitate, align, forward };
}

/** @param seed of the initial weights. */
function createTreeTransformer(runtime: Runtime, seed: number): TreeTransformer {
  made += 1;
  const prefix = `tree-${made}`;
  const model = createLanguageModel(CONFIG);
  initializeParameters(runtime.variables, prefix, [...model.trunkParameters, ...model.headParameters], seed);
  const { imitate, align, forward } = createSteps(runtime, prefix);
  const initial = logTable(tree().initialLogits).flat();
  const table = (values: readonly number[]) => float32(values, TABLE);
  let updates = 0;
  const policy = (): Table => {
    const { data } = forward({}).logprobs!;
    // Normalized again in float64, so that sums over sequences are exact.
    return STATES.map((_, s) => logSoftmax(Array.from(data.subarray(s * ACTIONS, (s + 1) * ACTIONS))));
  };
  const shared = (rate: number): HostRecord => {
    updates += 1;
    return { initial: table(initial), update: float32([updates], []), rate: float32([rate], []) };
  };
  return {
    imitate(rate) {
      imitate(shared(rate));
      return Math.max(
        ...policy()
          .flat()
          .map((logprob, at) => Math.abs(logprob - initial[at]!)),
      );
    },
    align(lambda, rate) {
      const { share, advantages } = expectationOf(policy());
      const scale = share.map((w) => Math.sqrt(w * share.length));
      const own = { scale: table(scale), advantages: table(advantages), lambda: float32([lambda], []) };
      align({ ...shared(rate), ...own });
    },
    metrics: () => policyMetrics(tree(), policy()),
    residual(lambda) {
      const now = policy().flat();
      const { share, total, advantages } = expectationOf(policy());
      return total * now.reduce((sum, y, at) => sum + share[at]! * (y - advantages[at]! / lambda - initial[at]!), 0);
    },
  };
}

/** Updates of imitation, then of alignment, with a rate that falls to nothing. */
interface TreeTraining {
  readonly lambda: number;
  readonly imitations: number;
  readonly updates: number;
  readonly seed: number;
}

const RATE = 0.01;
const falling = (at: number, of: number) => RATE * (0.5 + 0.5 * Math.cos((Math.PI * at) / of)) + 1e-5;

/** Trains a transformer on the tree from random weights: first its initial policy, then APA. */
export function trainTree(runtime: Runtime, { lambda, imitations, updates, seed }: TreeTraining) {
  const transformer = createTreeTransformer(runtime, seed);
  let distance = Number.POSITIVE_INFINITY;
  for (let at = 0; at < imitations; at++) distance = transformer.imitate(falling(at, imitations));
  const start = transformer.metrics();
  for (let at = 0; at < updates; at++) transformer.align(lambda, falling(at, updates));
  return { distance, start, end: transformer.metrics(), residual: transformer.residual(lambda) };
}
