import type { ModelConfig } from '../../model/config/model-config.ts';
import { tf } from '../../runtime/tf.ts';
import type { Tensor } from '../../runtime/types.ts';
import type { BenchOptions } from './bench-options.ts';
import { median } from './bench-report.ts';

/** A product [m, k] x [k, n] and how often an update computes it. */
interface Product {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly transposes: readonly [left: boolean, right: boolean];
  readonly count: number;
}

export interface MatmulRate {
  /** Floating-point operations of the dense layers' products in one update, policy and critic together. */
  readonly operations: number;
  /** Seconds that these products alone take. */
  readonly seconds: number;
}

const LEAST_SECONDS = 0.05;
const LEAST_REPEATS = 3;

/** x Wᵀ, the gradient by x and the gradient by W of a dense layer over so many rows. */
function denseProducts(rows: number, inner: number, outer: number, count: number): readonly Product[] {
  return [
    { m: rows, k: inner, n: outer, transposes: [false, true], count },
    { m: rows, k: outer, n: inner, transposes: [false, false], count },
    { m: outer, k: rows, n: inner, transposes: [true, false], count },
  ];
}

/** Products of one update of a GPT-NeoX policy and its critic: the last layer after its keys sees the response alone. */
export function updateProducts(
  { width, innerWidth, layers, vocabSize }: Pick<ModelConfig, 'width' | 'innerWidth' | 'layers' | 'vocabSize'>,
  { batch, prompt, response }: Pick<BenchOptions, 'batch' | 'prompt' | 'response'>,
): readonly Product[] {
  const [all, few] = [batch * (prompt + response), batch * response];
  const networks = 2;
  const afterKeys = (rows: number, count: number) => [
    ...denseProducts(rows, width, width, count),
    ...denseProducts(rows, width, innerWidth, count),
    ...denseProducts(rows, innerWidth, width, count),
  ];
  return [
    ...denseProducts(all, width, 3 * width, networks * layers),
    ...afterKeys(all, networks * (layers - 1)),
    ...afterKeys(few, networks),
    ...denseProducts(few, width, vocabSize, 1),
  ].filter(({ count }) => count > 0);
}

function random(shape: [number, number], isTransposed: boolean): Tensor {
  return tf.randomUniform(isTransposed ? [shape[1], shape[0]] : shape, -1, 1, 'float32', 1) as Tensor;
}

/** Median seconds of one product, each waited for. */
function secondsOf({ m, k, n, transposes: [left, right] }: Product): number {
  const [a, b] = [random([m, k], left), random([k, n], right)];
  const times: number[] = [];
  const begin = performance.now();
  for (let at = 0; at <= LEAST_REPEATS || performance.now() - begin < LEAST_SECONDS * 1000; at += 1) {
    const start = performance.now();
    tf.tidy(() => tf.matMul(a as never, b as never, left, right));
    if (at > 0) times.push((performance.now() - start) / 1000);
  }
  tf.dispose([a, b]);
  return median(times);
}

/** Times every product of an update by itself, in this process. On a CPU, where a product is done when it returns. */
export function measureMatmulRate(products: readonly Product[]): MatmulRate {
  const operations = products.reduce((sum, { m, k, n, count }) => sum + 2 * m * k * n * count, 0);
  const seconds = products.reduce((sum, product) => sum + product.count * secondsOf(product), 0);
  return { operations, seconds };
}
