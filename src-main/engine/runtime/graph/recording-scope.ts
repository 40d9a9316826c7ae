import { DT } from '../binding.ts';
import { StepScope } from '../step-scope.ts';
import { tf } from '../tf.ts';
import type { AdamUpdate, Tensor } from '../types.ts';
import type { VariableSlot, VariableTable } from '../variable-table.ts';
import type { AttributeValue, GraphNode, Ref } from './graph-builder.ts';
import type { Recorder } from './recorder.ts';

const FLOAT: AttributeValue = { kind: 'type', value: DT.float };
const HALF: AttributeValue = { kind: 'type', value: DT.half };
/** Nodes that are available immediately, so that nothing has to wait for them. */
const SOURCES: ReadonlySet<string> = new Set(['Const', 'OptionalGetValue', 'Placeholder', 'ReadVariableOp']);

/** A step's view of the variables while it is recorded: reads and changes become nodes, and nothing changes yet. */
export class RecordingScope extends StepScope<number> {
  /** Names in the order of the handles that {@link handles} returns. */
  readonly used: string[] = [];
  readonly updates: GraphNode[] = [];
  /** The node whose outputs are the handles; its types and shapes are set once all are known. */
  readonly handles: GraphNode;
  readonly #recorder: Recorder;
  readonly #readers = new Map<string, GraphNode>();

  constructor(table: VariableTable<number>, recorder: Recorder, bundle: Ref) {
    super(table);
    this.#recorder = recorder;
    this.handles = recorder.graph.add({ op: 'OptionalGetValue', inputs: [bundle] });
  }

  #handle(name: string): Ref {
    if (!this.used.includes(name)) this.used.push(name);
    return { node: this.handles, output: this.used.indexOf(name), dtype: DT.resource };
  }

  protected override fetch({ name, shape, stored }: VariableSlot<number>): Tensor {
    const isHalf = stored === 'float16';
    // Always outside loops: a variable does not change during a step.
    const node = this.#recorder.graph.add({
      op: 'ReadVariableOp',
      inputs: [this.#handle(name)],
      attributes: { dtype: isHalf ? HALF : FLOAT },
      frame: null,
    });
    this.#readers.set(name, node);
    const floats = isHalf ? this.#widened(node) : node;
    return this.#recorder.tensorFor({ node: floats, output: 0, dtype: DT.float }, shape);
  }

  /**
   * Converts float16 to float32, outside loops as well, so that a loop does it once. It waits for what was computed
   * last before the step requested it: TensorFlow would otherwise convert a whole model at the step's start.
   */
  #widened(read: GraphNode): GraphNode {
    const { graph } = this.#recorder;
    const last = graph.nodes.findLast(({ op, frame }) => frame === null && !SOURCES.has(op));
    return graph.add({
      op: 'Cast',
      inputs: [{ node: read, output: 0, dtype: DT.half }],
      controls: last ? [last] : [],
      attributes: { SrcT: HALF, DstT: FLOAT, Truncate: { kind: 'bool', value: false } },
      frame: null,
    });
  }

  /** An update node that waits for the reads of its variables and for the given nodes. */
  #update(
    op: string,
    names: readonly string[],
    inputs: Ref[],
    attributes: Record<string, AttributeValue>,
    after: GraphNode[] = [],
  ) {
    const readers = names.map((name) => this.#readers.get(name)).filter((node) => node !== undefined);
    const handles = names.map((name) => this.#handle(name));
    const { graph } = this.#recorder;
    const node = graph.add({ op, inputs: [...handles, ...inputs], controls: [...readers, ...after], attributes });
    this.updates.push(node);
    return node;
  }

  /**
   * Overwrites in place. `AssignVariableOp` does not work: inside a session it does not reach a variable that exists
   * outside, and it would keep the buffer that it is given.
   */
  protected override commitAssign(name: string, value: Tensor): void {
    const { graph } = this.#recorder;
    const { rank } = value;
    const ends = new Int32Array(rank);
    const edge = graph.constant(DT.int32, [rank], ends);
    const ones = graph.constant(DT.int32, [rank], ends.slice().fill(1));
    const all: AttributeValue = { kind: 'int', value: 2 ** rank - 1 };
    const none: AttributeValue = { kind: 'int', value: 0 };
    this.#update('ResourceStridedSliceAssign', [name], [edge, edge, ones, this.#recorder.refOf(value)], {
      T: FLOAT,
      Index: { kind: 'type', value: DT.int32 },
      begin_mask: all,
      end_mask: all,
      ellipsis_mask: none,
      new_axis_mask: none,
      shrink_axis_mask: none,
    });
  }

  protected override commitAdd(name: string, value: Tensor): void {
    this.#update('AssignAddVariableOp', [name], [this.#recorder.refOf(value)], { dtype: FLOAT });
  }

  protected override commitAdam(update: AdamUpdate): void {
    const ref = (tensor: Tensor) => this.#recorder.refOf(tensor);
    const before: GraphNode[] = [];
    if (update.shrink) {
      const lost = ref(tf.mul(this.read(update.name), update.shrink));
      before.push(this.#update('AssignSubVariableOp', [update.name], [lost], { dtype: FLOAT }));
    }
    const zero = ref(tf.scalar(0));
    const { rate, beta1, beta2, epsilon, gradient } = update;
    const inputs = [zero, zero, ...[rate, beta1, beta2, epsilon, gradient].map(ref)];
    const names = [update.name, update.firstMoment, update.secondMoment];
    this.#update('ResourceApplyAdam', names, inputs, { T: FLOAT, use_locking: { kind: 'bool', value: false } }, before);
  }
}
