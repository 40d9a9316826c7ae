import type { LanguageModel } from '../../model/language-model.ts';
import { float32 } from '../../runtime/host-tensor.ts';
import { tf } from '../../runtime/tf.ts';
import type { Runtime, Tensor } from '../../runtime/types.ts';
import type { BenchOptions } from './bench-options.ts';
import { type MatmulRate, median } from './bench-report.ts';

/** A product [m, k] x [k, n] and how often an update computes it. */
interface Product {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly transposes: readonly [left: boolean, right: boolean];
  readonly count: number;
}

const LEAST_SECONDS = 0.05;
const LEAST_REPEATS = 3;
/**
 * Number of products of one shape in a graph, each with its own right side, as in layers: caching is then the same as
 * there.
 */
const COPIES = 6;
/** Right sides with more numbers than this are not duplicated. */
const MOST_NUMBERS = 2 ** 23;

/** x Wᵀ, the gradient by x and the gradient by W of a dense layer over this many rows. */
function denseProducts(rows: number, inner: number, outer: number, count: number): readonly Product[] {
  return [
    { m: rows, k: inner, n: outer, transposes: [false, true], count },
    { m: rows, k: outer, n: inner, transposes: [false, false], count },
    { m: outer, k: rows, n: inner, transposes: [true, false], count },
  ];
}

/** x Wᵀ and the gradient by x of every linear layer, and of the output matrix; a frozen weight has no gradient. */
function frozenProducts({ config, trunkParameters }: LanguageModel, all: number, few: number): readonly Product[] {
  const linear = trunkParameters.filter(({ layer }) => layer !== undefined);
  const shapes = Map.groupBy(linear, ({ shape }) => shape.join());
  const networks = 2;
  return [
    ...[...shapes.values()].flatMap((same) => {
      const [outer, inner] = same[0]!.shape as [number, number];
      return denseProducts(all, inner, outer, networks * same.length).slice(0, 2);
    }),
    ...denseProducts(few, config.width, config.vocabSize, 1).slice(0, 2),
  ];
}

/**
 * Products of one update of a GPT-NeoX policy and its critic: in the last layer, everything after the keys is computed
 * for the response only. With adapters, those of the frozen base.
 */
export function updateProducts(
  model: LanguageModel,
  { batch, prompt, response, lora }: Pick<BenchOptions, 'batch' | 'prompt' | 'response' | 'lora'>,
): readonly Product[] {
  const { width, innerWidth, layers, vocabSize } = model.config;
  if (lora !== undefined) return frozenProducts(model, batch * (prompt + response), batch * response);
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

const PERIOD = Float32Array.from({ length: 1009 }, (_, at) => ((at * 7919) % 1009) / 1009 - 0.5);

/** Numbers around zero, [rows, columns]. */
function matrix(rows: number, columns: number) {
  const data = new Float32Array(rows * columns);
  data.set(PERIOD.subarray(0, Math.min(PERIOD.length, data.length)));
  for (let done = PERIOD.length; done < data.length; done *= 2) data.copyWithin(done, 0, done);
  return float32(data, [rows, columns]);
}

const AT = 'matmul_rate/';

/** Median seconds of one product, replayed as a graph as in an update. */
function secondsOf(runtime: Runtime, { m, k, n, transposes: [left, right] }: Product, name: string): number {
  const { variables } = runtime;
  const copies = Math.min(COPIES, Math.max(1, Math.floor(MOST_NUMBERS / (k * n))));
  variables.create(`${AT}a`, left ? matrix(k, m) : matrix(m, k));
  const sides = Array.from({ length: copies }, (_, copy) => `${AT}b${copy}`);
  for (const side of sides) variables.create(side, right ? matrix(n, k) : matrix(k, n));
  const step = runtime.compile(`${AT}${name}`, (scope) => {
    const a = scope.read(`${AT}a`);
    const corners = sides.map((side) => tf.slice(tf.matMul(a, scope.read(side), left, right), [0, 0], [1, 1]));
    return { sum: tf.addN(corners as Tensor[]) };
  });
  const times: number[] = [];
  const begin = performance.now();
  for (let at = 0; at <= LEAST_REPEATS || performance.now() - begin < LEAST_SECONDS * 1000; at += 1) {
    const start = performance.now();
    step({});
    if (at > 0) times.push((performance.now() - start) / 1000 / copies);
  }
  variables.remove(AT);
  return median(times);
}

/** Times every product of an update alone, in this process, as a graph. */
export function measureMatmulRate(runtime: Runtime, products: readonly Product[]): MatmulRate {
  const operations = products.reduce((sum, { m, k, n, count }) => sum + 2 * m * k * n * count, 0);
  const seconds = products.reduce(
    (sum, product, index) => sum + product.count * secondsOf(runtime, product, String(index)),
    0,
  );
  return { operations, seconds };
}
