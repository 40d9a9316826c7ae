import type * as tf from '@tensorflow/tfjs-core';
import type { ComputeDtype } from './environment.ts';
import type { FloatHost, HostTensor } from './host-tensor.ts';
import type { StoredDtype } from './stored-dtype.ts';

export type Tensor = tf.Tensor;

/** Looks a parameter up by its Hugging Face name, relative to the scope it was made for. */
export type Weights = (name: string) => Tensor;

export interface DeviceReport {
  /** `tensorflow` is the native library, `javascript` the last resort. */
  readonly backend: 'tensorflow' | 'javascript';
  readonly device: 'cpu' | 'gpu';
  readonly tensorflowVersion: string | null;
  readonly mode: 'compiled' | 'eager';
  readonly threads: number;
  /** Threads within one op. */
  readonly opThreads: number;
  readonly onednn: boolean;
  readonly xla: boolean;
  /** How products are computed in truth: float32 where bfloat16 was wanted and the machine has none. */
  readonly computeDtype: ComputeDtype;
}

/**
 * Named variables of the process; weights, optimizer moments and gradient sums live here once and every step sees the
 * same ones. Names are paths: `policy/gpt_neox.embed_in.weight`, `policy/adam_m/gpt_neox.embed_in.weight`.
 */
export interface Variables {
  /**
   * Makes a variable, stored as float32 unless told otherwise; as float16 it is rounded and no step may change it. Throws
   * when the name is taken, and `weights_exceed_half` when a number is too large; nothing is made then.
   */
  create(name: string, value: FloatHost, stored?: StoredDtype): void;
  /** Overwrites a variable, rounded as it is stored; the shape must agree. The array is copied. */
  assign(name: string, value: FloatHost): void;
  /** Copies a variable's value out. */
  read(name: string): FloatHost;
  shape(name: string): readonly number[];
  /** Bytes of a variable's value as it is stored. */
  bytesOf(name: string): number;
  has(name: string): boolean;
  /** Every name, in order of creation, that starts with the prefix. */
  names(prefix?: string): readonly string[];
  /** Removes every variable whose name starts with the prefix. */
  remove(prefix: string): void;
}

/** What a step sees of the variables while it runs; only valid inside the step. */
export interface StepVariables {
  /** The current value as a tensor. */
  read(name: string): Tensor;
  /** A lookup below a prefix, or of full names without one: `weights('policy')('lm_head.weight')` reads `policy/lm_head.weight`. */
  weights(prefix?: string): Weights;
  /** Replaces a variable's value when the step ends. All reads in the step see the value from before it. */
  assign(name: string, value: Tensor): void;
  /** Adds to a variable's value when the step ends, without a second copy of it. */
  add(name: string, value: Tensor): void;
  /** Runs one Adam update when the step ends, in place where the device can. */
  applyAdam(update: AdamUpdate): void;
  /** Full names below a prefix, in order of creation. */
  names(prefix: string): readonly string[];
}

/**
 * m += (1 - beta1)(g - m), v += (1 - beta2)(g² - v), w = w - shrink·w - rate·m / (sqrt(v) + epsilon); every number is a
 * scalar tensor. Bias correction is already inside `rate` and `epsilon`.
 */
export interface AdamUpdate {
  readonly name: string;
  readonly firstMoment: string;
  readonly secondMoment: string;
  readonly gradient: Tensor;
  readonly rate: Tensor;
  readonly epsilon: Tensor;
  readonly beta1: Tensor;
  readonly beta2: Tensor;
  /** Decoupled weight decay times the learning rate; null leaves the weight undecayed. */
  readonly shrink: Tensor | null;
}

export type TensorRecord = Record<string, Tensor>;
export type HostRecord = Record<string, HostTensor>;

/**
 * A pure function of variables and inputs with static shapes and no read-back inside: recorded on its first call for
 * a set of input shapes, replayed as one TensorFlow graph afterwards. It must not branch on tensor values.
 */
export type Step = (variables: StepVariables, inputs: TensorRecord) => TensorRecord;

/** Feeds the inputs, runs the step, fetches every output. Synchronous: it returns when the device is done. */
export type CompiledStep = (inputs: HostRecord) => HostRecord;

export interface MemoryReport {
  /** Live tensors and variables known to the runtime. Constant between two steps of a loop that leaks nothing. */
  readonly tensors: number;
  readonly bytes: number;
  readonly variables: number;
  readonly graphs: number;
}

export interface Runtime {
  readonly device: DeviceReport;
  readonly variables: Variables;
  /** Makes a step callable from outside. Names must be unique within a runtime. */
  compile(name: string, step: Step): CompiledStep;
  memory(): MemoryReport;
  /** Graphs built, the seconds of building them with their first runs, and why steps run eagerly instead. */
  graphStatistics(): { readonly graphs: number; readonly seconds: number; readonly fallbacks: readonly string[] };
  dispose(): void;
}
