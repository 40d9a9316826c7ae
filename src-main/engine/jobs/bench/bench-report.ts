import type { ComputeDtype } from '../../runtime/environment.ts';
import type { StoredDtype } from '../../runtime/stored/stored-dtype.ts';
import type { DeviceReport } from '../../runtime/types.ts';
import type { BenchOptions } from './bench-options.ts';

export interface MatmulRate {
  /** Floating-point operations of the dense layers' products in one update, policy and critic together. */
  readonly operations: number;
  /** Seconds that these products alone take. */
  readonly seconds: number;
}

/** Seconds of the phases of one iteration. */
export interface PhaseSeconds {
  readonly rollout: number;
  readonly score: number;
  readonly update: number;
}

export interface BenchReport {
  readonly parameters: number;
  readonly shape: Readonly<Record<string, string | number | boolean>>;
  readonly seconds: PhaseSeconds;
  readonly iteration_seconds: number;
  readonly rollout_tokens_per_second: number;
  readonly update_tokens_per_second: number;
  readonly threads: number;
  /** Threads within one operation. */
  readonly op_threads: number;
  /** Rate in 10⁹ operations per second: of the dense layers' products in an update, and of the same products alone. */
  readonly update_gigaflops: number;
  readonly matmul_gigaflops: number;
  /** The first rate divided by the second. */
  readonly update_matmul_fraction: number;
  readonly frozen_dtype: StoredDtype;
  /** Storage type of the base of adapters; null without adapters. */
  readonly base_dtype: StoredDtype | null;
  /** Number of trained parameters. */
  readonly trained: number;
  /** Data type in which products were computed, whatever was requested. */
  readonly compute_dtype: ComputeDtype;
  /** Peak resident memory of the process so far. */
  readonly peak_bytes: number;
  readonly tensorflow: string;
  readonly mode: 'compiled' | 'eager';
  readonly onednn: boolean;
  readonly xla: boolean;
  /** Seconds spent on building graphs before the measured iterations. */
  readonly graph_seconds: number;
}

/** Median; the mean of the two middle values for an even count. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const WORK = [
  ...(['hidden', 'layers', 'heads', 'vocab', 'rollouts', 'chunk', 'batch', 'prompt', 'response'] as const),
  ...(['epochs', 'iterations', 'recompute', 'family', 'tied'] as const),
] satisfies readonly (keyof BenchOptions)[];

function shapeOf(options: BenchOptions): Readonly<Record<string, string | number | boolean>> {
  const { hidden, heads, kvHeads, intermediate, lora } = options;
  return {
    ...Object.fromEntries(WORK.map((name) => [name, options[name]])),
    kv_heads: kvHeads ?? heads,
    intermediate: intermediate ?? 4 * hidden,
    ...(lora === undefined ? {} : { lora }),
    ...(options.microBatch === undefined ? {} : { micro_batch: options.microBatch }),
  };
}

/** The PyTorch baseline's report format: medians by phase, their sum, tokens per second. */
export function createBenchReport(
  options: BenchOptions,
  measured: readonly PhaseSeconds[],
  facts: {
    readonly parameters: number;
    readonly trained: number;
    readonly device: DeviceReport;
    readonly graphSeconds: number;
    readonly peakBytes: number;
    readonly products: MatmulRate;
  },
): BenchReport {
  const { device } = facts;
  const seconds = {
    rollout: median(measured.map((phases) => phases.rollout)),
    score: median(measured.map((phases) => phases.score)),
    update: median(measured.map((phases) => phases.update)),
  };
  const { products } = facts;
  const updates = (options.epochs * options.rollouts) / options.batch;
  const updateSeconds = seconds.update / updates;
  const tokens = options.rollouts * (options.prompt + options.response);
  return {
    parameters: facts.parameters,
    shape: { ...shapeOf(options), device: device.device },
    seconds,
    iteration_seconds: seconds.rollout + seconds.score + seconds.update,
    rollout_tokens_per_second: (options.rollouts * options.response) / seconds.rollout,
    update_tokens_per_second: (options.epochs * tokens) / seconds.update,
    threads: device.threads,
    op_threads: device.opThreads,
    update_gigaflops: products.operations / updateSeconds / 1e9,
    matmul_gigaflops: products.operations / products.seconds / 1e9,
    update_matmul_fraction: products.seconds / updateSeconds,
    frozen_dtype: options.frozenDtype,
    base_dtype: options.lora === undefined ? null : options.baseDtype,
    trained: facts.trained,
    compute_dtype: device.computeDtype,
    peak_bytes: facts.peakBytes,
    tensorflow: device.tensorflowVersion ?? device.backend,
    mode: device.mode,
    onednn: device.onednn,
    xla: device.xla,
    graph_seconds: facts.graphSeconds,
  };
}
