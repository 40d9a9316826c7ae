import type * as tf from '@tensorflow/tfjs-core';
import type { ComputeDtype } from './environment.ts';
import type { FloatHost, HostTensor } from './host-tensor.ts';
import type { RemoteStep } from './remote-step.ts';
import type { StoredDtype } from './stored/stored-dtype.ts';

export type Tensor = tf.Tensor;

/** Looks up a parameter by its Hugging Face name, relative to the scope it was created for. */
export type Lookup = (name: string) => Tensor;

/**
 * A factor of products. Where those are rounded, TensorFlow.js takes the tensor for float32 and TensorFlow for bfloat16,
 * which TensorFlow.js does not know: only `multiplied` may read it.
 */
export interface Factor {
  readonly tensor: Tensor;
}

/** Consecutive rows of a matrix. */
export interface RowRange {
  readonly from: number;
  readonly count: number;
}

/** A lookup that also reads frozen parameters without keeping them in float32. */
export interface Weights extends Lookup {
  /**
   * A parameter in float32 that is only needed where it is requested: one of another storage type is widened again, in a
   * graph no earlier than `after` is available, so that no more than a few are widened at a time. No gradient reaches
   * it.
   */
  widened(name: string, after: Tensor, rows?: RowRange): Tensor;
  /** The shape of a parameter of which {@link widened} can take some rows alone; null for any other. */
  narrowShape(name: string): readonly number[] | null;
  /** The same as a factor of products, rounded to bfloat16 where those are. */
  factor(name: string, after: Tensor): Factor;
  /** Rows of a frozen table, of which only these are widened. Shape: ids int32 [m], result float32 [m, d]. */
  rows(name: string, ids: Tensor): Tensor;
  /** int32 [2]: where the random numbers of an update come from; absent where nothing is dropped, as in sampling. */
  readonly noise?: Tensor;
}

export interface DeviceReport {
  /** `tensorflow` is the native library, `javascript` the fallback. */
  readonly backend: 'tensorflow' | 'javascript';
  readonly device: 'cpu' | 'gpu';
  readonly tensorflowVersion: string | null;
  readonly mode: 'compiled' | 'eager';
  readonly threads: number;
  /** Threads within one operation. */
  readonly opThreads: number;
  readonly onednn: boolean;
  readonly xla: boolean;
  /**
   * Data type in which products are actually computed: float32 if bfloat16 was requested but the machine does not
   * support it.
   */
  readonly computeDtype: ComputeDtype;
}

/**
 * Named variables of the process; weights, optimizer moments and gradient sums are stored here once, and every step
 * sees the same ones. Names are paths: `policy/gpt_neox.embed_in.weight`, `policy/adam_m/gpt_neox.embed_in.weight`.
 */
export interface Variables {
  /**
   * Creates a variable, stored as float32 by default; in another type, it is rounded and steps must not change it.
   * Throws if the name exists, and `weights_exceed_half` if a number is too large; nothing is created then.
   */
  create(name: string, value: FloatHost, stored?: StoredDtype): void;
  /** Overwrites a variable, rounded to its storage type; the shape must match. The array is copied. */
  assign(name: string, value: FloatHost): void;
  /** Copies a variable's value to the host. */
  read(name: string): FloatHost;
  shape(name: string): readonly number[];
  /** Bytes of a variable's value in its storage type. */
  bytesOf(name: string): number;
  has(name: string): boolean;
  /** All names that start with the prefix, in order of creation. */
  names(prefix?: string): readonly string[];
  /** Removes every variable whose name starts with the prefix. */
  remove(prefix: string): void;
}

/** A step's view of the variables while it runs; only valid inside the step. */
export interface StepVariables {
  /** The current value as a tensor. */
  read(name: string): Tensor;
  /** As in {@link Weights}, by full name. */
  widened(name: string, after: Tensor, rows?: RowRange): Tensor;
  /** As in {@link Weights}, by full name. */
  factor(name: string, after: Tensor): Factor;
  /** As in {@link Weights}, by full name. */
  rows(name: string, ids: Tensor): Tensor;
  /**
   * A lookup below a prefix, or by full names without one: `weights('policy')('lm_head.weight')` reads
   * `policy/lm_head.weight`.
   */
  weights(prefix?: string): Weights;
  /** Replaces a variable's value at the end of the step. All reads in the step see the previous value. */
  assign(name: string, value: Tensor): void;
  /** Adds to a variable's value at the end of the step, without a second copy of it. */
  add(name: string, value: Tensor): void;
  /** Runs one Adam update at the end of the step, in place if the device supports it. */
  applyAdam(update: AdamUpdate): void;
  /** Full names below a prefix, in order of creation. */
  names(prefix: string): readonly string[];
}

/**
 * g = scale·gradient, m += (1 - beta1)(g - m), v += (1 - beta2)(g² - v), w = w - shrink·w - rate·m / (sqrt(v) + epsilon);
 * every number is a scalar tensor. Bias correction is already inside `rate` and `epsilon`.
 */
export interface AdamUpdate {
  readonly name: string;
  readonly firstMoment: string;
  readonly secondMoment: string;
  readonly gradient: Tensor;
  /** 0 makes g exactly 0, even where the gradient is not finite. */
  readonly scale: Tensor;
  readonly rate: Tensor;
  readonly epsilon: Tensor;
  readonly beta1: Tensor;
  readonly beta2: Tensor;
  /** Decoupled weight decay times the learning rate; null for no decay. */
  readonly shrink: Tensor | null;
}

export type TensorRecord = Record<string, Tensor>;
export type HostRecord = Record<string, HostTensor>;

/**
 * A pure function of variables and inputs with static shapes and without reading values back: recorded on its first
 * call for a set of input shapes, replayed as one TensorFlow graph afterwards. It must not branch on tensor values.
 */
export type Step = (variables: StepVariables, inputs: TensorRecord) => TensorRecord;

/** Feeds the inputs, runs the step and fetches every output. Synchronous: returns once the device has finished. */
export type CompiledStep = (inputs: HostRecord) => HostRecord;

export interface MemoryReport {
  /** Live tensors and variables known to the runtime. Constant between two steps of a loop without leaks. */
  readonly tensors: number;
  readonly bytes: number;
  readonly variables: number;
  readonly graphs: number;
}

export interface GraphStatistics {
  /**
   * Number of graphs that were built, and the seconds that this took: recording, loading, and the first run, less the
   * second one as soon as there was one.
   */
  readonly graphs: number;
  readonly seconds: number;
  /** Number of operations recorded for the graphs in memory, and how many of them TensorFlow holds. */
  readonly nodes: number;
  readonly held: number;
  /** Why steps run eagerly instead. */
  readonly fallbacks: readonly string[];
}

export interface Runtime {
  readonly device: DeviceReport;
  readonly variables: Variables;
  /**
   * Makes a step callable from outside. Names must be unique within a runtime.
   * @param remote what the step computes, for a runtime of workers, which cannot run the function.
   */
  compile(name: string, step: Step, remote?: RemoteStep): CompiledStep;
  memory(): MemoryReport;
  graphStatistics(): GraphStatistics;
  dispose(): void;
}
