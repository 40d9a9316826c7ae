import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DT } from '#engine/runtime/binding.ts';
import type { GraphNode } from '#engine/runtime/graph/graph-builder.ts';
import { Recorder } from '#engine/runtime/graph/recorder.ts';
import { shapeTracer } from '#engine/runtime/graph/tracer.ts';
import { float32 } from '#engine/runtime/host-tensor.ts';
import { nativeBackend } from '#engine/runtime/native.ts';
import { innerGradients, valueAndGradients } from '#engine/runtime/ops/gradients.ts';
import { recomputed } from '#engine/runtime/ops/recomputed.ts';
import { tf } from '#engine/runtime/tf.ts';
import type { Runtime, Tensor, TensorRecord } from '#engine/runtime/types.ts';
import { gradientError } from '../../../support/gradient-check.ts';
import { expectNoLeaks } from '../../../support/leak-check.ts';
import { nativeKinds, runtimeKinds } from '../../../support/runtimes.ts';

const GRADIENT_TOLERANCE = 3e-4;

/** tanh(tanh(x w) + shift). */
function part({ x, weights, constants }: { x: Tensor; weights: TensorRecord; constants: TensorRecord }): Tensor {
  return tf.tanh(tf.add(tf.tanh(tf.matMul(x, weights.w!)), constants.shift!));
}

/** Two parts one after the other, each with a constant that the forward pass makes and drops. */
function twoParts(x: Tensor, first: Tensor, second: Tensor): Tensor {
  const middle = recomputed(part, { x, weights: { w: first }, constants: { shift: tf.mul(tf.ones([2]), 0.3) } });
  return recomputed(part, { x: middle, weights: { w: second }, constants: { shift: tf.mul(tf.ones([2]), 0.1) } });
}

describe.each(runtimeKinds)('recomputed parts, $kind', ({ start }) => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await start();
  });
  afterAll(() => runtime.dispose());
  expectNoLeaks(() => runtime);

  it('have the gradients of central differences', () => {
    const shapes = [
      [3, 2],
      [2, 2],
      [2, 2],
    ];
    expect(gradientError(runtime, shapes, twoParts)).toBeLessThan(GRADIENT_TOLERANCE);
    expect(runtime.graphStatistics().fallbacks).toEqual([]);
  });

  it('give a weight that they do not use a gradient of zeros', () => {
    runtime.variables.create('unused/w', float32([1, 2], [2]));
    runtime.variables.create('unused/x', float32([3], [1]));
    const step = runtime.compile('unused', (variables) => {
      const { gradients } = valueAndGradients(variables, ['unused/w', 'unused/x'], (weights) => {
        const inputs = { x: weights('unused/x'), weights: { w: weights('unused/w') }, constants: {} };
        return { loss: tf.sum(recomputed(({ x }) => tf.square(x) as Tensor, inputs)), aux: {} };
      });
      return gradients;
    });
    const { 'unused/w': ofWeight, 'unused/x': ofX } = step({});
    expect([Array.from(ofWeight!.data), Array.from(ofX!.data)]).toEqual([[0, 0], [6]]);
    runtime.variables.remove('unused/');
  });

  it('leave the outer gradient as it was where a part fails', () => {
    const failing = () => innerGradients(() => tf.sum(tf.tensor1d([1, 2]).reshape([3])), [tf.scalar(1)], tf.scalar(1));
    const step = runtime.compile('failing', () => {
      const square = tf.customGrad((x) => {
        const gradFunc = (dy: Tensor) => {
          expect(failing).toThrow();
          return tf.mul(dy, 2) as Tensor;
        };
        return { value: tf.square(x as Tensor), gradFunc };
      });
      return { gradient: tf.grad((x: Tensor) => tf.mul(square(x), 3))(tf.scalar(1)) };
    });
    expect(step({}).gradient!.data[0]).toBe(6);
  });
});

/** Every node that must have run before this one. */
function before(node: GraphNode, found = new Set<GraphNode>()): Set<GraphNode> {
  for (const each of [...node.inputs.map((ref) => ref.node), ...node.controls]) {
    if (found.has(each)) continue;
    found.add(each);
    before(each, found);
  }
  return found;
}

interface RecordedGradient {
  /** The nodes that the loss and its gradients need, in the order in which they were recorded. */
  readonly nodes: readonly GraphNode[];
  readonly output: GraphNode;
  readonly outputGradient: GraphNode;
}

/** The graph of sum(w · f(x)) and its gradients by the weights, where f is two recomputed parts. */
function recordGradient(): RecordedGradient {
  const recorder = new Recorder(nativeBackend(), shapeTracer());
  const given = (name: string, shape: number[]) => {
    const attributes = { dtype: { kind: 'type', value: DT.float } } as const;
    const node = recorder.graph.add({ op: 'Placeholder', name, attributes });
    return recorder.tensorFor({ node, output: 0, dtype: DT.float }, shape);
  };
  return recorder.record(() => {
    let recorded: RecordedGradient | null = null;
    tf.tidy(() => {
      const [x, first, second, dy] = [given('x', [3, 2]), given('v', [2, 2]), given('w', [2, 2]), given('dy', [3, 2])];
      let output: GraphNode | null = null;
      const run = () => {
        const result = twoParts(x, first, second);
        output = recorder.refOf(result).node;
        return result;
      };
      const grads = innerGradients(run, [first, second], dy);
      const roots = [output!, ...grads.map((gradient) => recorder.refOf(gradient).node)];
      recorded = { nodes: recorder.graph.needed(roots), output: output!, outputGradient: recorder.refOf(dy).node };
    });
    return recorded!;
  });
}

describe.runIf(nativeKinds.length > 0)('the graph of recomputed parts', () => {
  let runtime: Runtime;
  let recorded: RecordedGradient;
  beforeAll(async () => {
    runtime = await nativeKinds[0]!.start();
    recorded = recordGradient();
  });
  afterAll(() => runtime.dispose());

  const consumersOf = (node: GraphNode) =>
    recorded.nodes.filter(({ inputs }) => inputs.some((ref) => ref.node === node)).map(({ op }) => op);

  it('computes both parts a second time, and only once their gradient is there', () => {
    const { nodes, output, outputGradient } = recorded;
    const forward = before(output);
    const products = nodes.filter(({ op, inputs }) => op === 'MatMul' && inputs[1]!.node.op === 'Placeholder');
    const firstTime = products.filter((node) => forward.has(node));
    // The other products of the backward pass are those of the gradient.
    const again = products.filter((node) => !forward.has(node) && node.inputs[0]!.node.op === 'Identity');
    expect([firstTime.length, again.length]).toEqual([2, 2]);
    const [second, first] = again as [GraphNode, GraphNode];
    expect(before(second).has(outputGradient)).toBe(true);
    // The first part's gradient comes out of the second one's: the whole second part lies before it.
    expect(before(first).has(second)).toBe(true);
  });

  it('lets go of what the first time made: the backward pass reads the inputs of parts alone', () => {
    const { nodes, output } = recorded;
    const forward = before(output);
    const inner = nodes.filter((node) => forward.has(node) && ['MatMul', 'Add'].includes(node.op));
    expect(inner.length).toBe(4);
    for (const node of inner) expect(consumersOf(node)).toHaveLength(1);
    const tanhs = nodes.filter((node) => forward.has(node) && node.op === 'Tanh').map(consumersOf);
    // Inside of the first part, its result, inside of the second: one more reader for the result alone.
    expect(tanhs.map((readers) => readers.toSorted())).toEqual([['Add'], ['Identity', 'MatMul'], ['Add']]);
  });
});
