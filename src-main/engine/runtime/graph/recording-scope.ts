import { DT } from '../binding.ts';
import { IN_PLACE_ADAM_W } from '../in-place-adam-w.ts';
import { scaledOrZero } from '../ops/masked.ts';
import { StepScope } from '../step-scope.ts';
import { FORMATS } from '../stored/formats.ts';
import type { StoredDtype } from '../stored/stored-dtype.ts';
import { tf } from '../tf.ts';
import type { AdamUpdate, Factor, RowRange, Tensor } from '../types.ts';
import type { VariableSlot, VariableTable } from '../variable-table.ts';
import { type AttributeValue, type GraphNode, type Ref, SOURCES } from './graph-builder.ts';
import type { Recorder } from './recorder.ts';
import { BUNDLED, bundleAttributes } from './variable-bundle.ts';

const FLOAT: AttributeValue = { kind: 'type', value: DT.float };
const INDEX: AttributeValue = { kind: 'type', value: DT.int32 };

const castAttributes = (from: number, to: number): Record<string, AttributeValue> => ({
  SrcT: { kind: 'type', value: from },
  DstT: { kind: 'type', value: to },
  Truncate: { kind: 'bool', value: false },
});

/** One of a variable's handles. */
export interface UsedHandle {
  readonly name: string;
  readonly part: number;
}

/** A step's view of the variables while it is recorded: reads and changes become nodes, and nothing changes yet. */
export class RecordingScope extends StepScope<number> {
  /** Names in the order of the handles that {@link handles} returns. */
  readonly used: UsedHandle[] = [];
  readonly updates: GraphNode[] = [];
  /** The nodes whose outputs are the handles, one for each bundle. */
  readonly #bundles: GraphNode[] = [];
  readonly #bundleAt: (index: number) => Ref;
  readonly #recorder: Recorder;
  readonly #threads: number;
  #settled: GraphNode | null = null;
  readonly #readers = new Map<string, GraphNode>();
  readonly #places = new Map<string, number>();

  /**
   * @param bundleAt adds the placeholder of a bundle.
   * @param threads of an update in place; 0 if the engine has no operation for it.
   */
  constructor(table: VariableTable<number>, recorder: Recorder, bundleAt: (index: number) => Ref, threads: number) {
    super(table);
    this.#recorder = recorder;
    this.#bundleAt = bundleAt;
    this.#threads = threads;
  }

  /**
   * Lets updates in place wait for the step's results and for what it writes elsewhere, so that all of them have read
   * the variables before; call it before {@link commit}. A result that is no number could itself be a variable's memory:
   * a step with such a result updates by several operations, which copy what is still in use.
   */
  settle(results: readonly Tensor[]): void {
    if (this.#threads === 0 || results.some(({ rank }) => rank > 0)) return;
    const controls = [...results, ...this.written].map((result) => this.#recorder.refOf(result).node);
    this.#settled = this.#recorder.graph.add({ op: 'NoOp', controls });
  }

  #bundle(index: number): GraphNode {
    this.#bundles[index] ??= this.#recorder.graph.add({
      op: 'OptionalGetValue',
      inputs: [this.#bundleAt(index)],
      attributes: bundleAttributes('output_types', 'output_shapes'),
      frame: null,
    });
    return this.#bundles[index];
  }

  #handle(name: string, part = 0): Ref {
    const key = `${part} ${name}`;
    const known = this.#places.get(key) ?? this.used.length;
    if (known === this.used.length) this.used.push({ name, part });
    this.#places.set(key, known);
    const node = this.#bundle(Math.floor(known / BUNDLED));
    return { node, output: known % BUNDLED, dtype: DT.resource };
  }

  /** The stored tensors of a variable, read once and outside loops: a variable does not change during a step. */
  #parts({ name, stored }: VariableSlot<number>): readonly Ref[] {
    return FORMATS[stored].parts.map((dtype, part) => {
      const key = `${part} ${name}`;
      const node =
        this.#readers.get(key) ??
        this.#recorder.graph.add({
          op: 'ReadVariableOp',
          inputs: [this.#handle(name, part)],
          attributes: { dtype: { kind: 'type', value: dtype } },
          frame: null,
        });
      this.#readers.set(key, node);
      return { node, output: 0, dtype };
    });
  }

  protected override fetch(slot: VariableSlot<number>): Tensor {
    const { graph } = this.#recorder;
    // Outside loops as well, so that a loop widens once. It waits for what was computed last before the step requested
    // it: TensorFlow would otherwise widen a whole model at the step's start.
    // Sources are available immediately, so that nothing has to wait for them.
    const last = graph.nodes.findLast(({ op, frame }) => frame === null && !SOURCES.has(op));
    const frame = graph.frame;
    graph.frame = null;
    try {
      const ref = this.#widen(slot.stored, this.#parts(slot), slot.shape, last ? [last] : []);
      return this.#recorder.tensorFor(ref, slot.shape);
    } finally {
      graph.frame = frame;
    }
  }

  protected override fetchAfter({ stored, ...slot }: VariableSlot<number>, after: Tensor, rows?: RowRange): Tensor {
    const { graph } = this.#recorder;
    const inside = graph.led(this.#recorder.refOf(after), graph.frame);
    const shape = rows ? [rows.count, ...slot.shape.slice(1)] : slot.shape;
    const whole = this.#parts({ stored, ...slot });
    const parts = rows ? whole.map((part) => this.#rowsOf(part, rows, slot.shape.length, inside.node)) : whole;
    return this.#recorder.tensorFor(this.#widen(stored, parts, shape, [inside.node]), shape);
  }

  /** Consecutive rows of one part of a variable. */
  #rowsOf(part: Ref, { from, count }: RowRange, rank: number, after: GraphNode): Ref {
    const { graph } = this.#recorder;
    const ints = (first: number, others: number) =>
      graph.constant(
        DT.int32,
        [rank],
        Int32Array.from({ length: rank }, (_, axis) => (axis === 0 ? first : others)),
      );
    const node = graph.add({
      op: 'Slice',
      inputs: [part, ints(from, 0), ints(count, -1)],
      controls: [after],
      attributes: { T: { kind: 'type', value: part.dtype }, Index: INDEX },
    });
    return { node, output: 0, dtype: part.dtype };
  }

  protected override fetchFactor(slot: VariableSlot<number>, after: Tensor): Factor {
    const { graph } = this.#recorder;
    const { shape, stored } = slot;
    const parts = this.#parts(slot);
    const asTensor = (ref: Ref): Factor => ({ tensor: this.#recorder.tensorFor(ref, shape, DT.float) });
    if (stored === 'bfloat16') return asTensor(parts[0]!);
    // A loop would round a float32 matrix in every round; a narrower one is widened there anyway, to stay narrow.
    const isOutside = stored === 'float32' && graph.frame !== null;
    const { frame } = graph;
    if (isOutside) graph.frame = null;
    try {
      const controls = isOutside ? [] : [graph.led(this.#recorder.refOf(after), graph.frame).node];
      const wide = this.#widen(stored, parts, shape, controls);
      const node = graph.add({
        op: 'Cast',
        inputs: [wide],
        controls: stored === 'float32' ? controls : [],
        attributes: castAttributes(DT.float, DT.bfloat16),
      });
      return asTensor({ node, output: 0, dtype: DT.bfloat16 });
    } finally {
      graph.frame = frame;
    }
  }

  protected override fetchRows(slot: VariableSlot<number>, ids: Tensor): Tensor {
    const format = FORMATS[slot.stored];
    const { graph } = this.#recorder;
    const shape = [ids.size, ...slot.shape.slice(1)];
    const indices = this.#recorder.refOf(ids);
    const take = (table: Ref): Ref => {
      const attributes = { Tparams: { kind: 'type', value: table.dtype }, Tindices: INDEX, Taxis: INDEX } as const;
      const node = graph.add({ op: 'GatherV2', inputs: [table, indices, graph.int(0)], attributes });
      return { node, output: 0, dtype: table.dtype };
    };
    const parts = this.#parts(slot);
    const ref = format.hasRows
      ? this.#widen(slot.stored, parts.map(take), shape, [])
      : take(this.#widen(slot.stored, parts, slot.shape, [indices.node]));
    return this.#recorder.tensorFor(ref, shape);
  }

  /** Nodes that compute a value in float32 from its parts; the first of them wait for the controls. */
  #widen(stored: StoredDtype, parts: readonly Ref[], shape: readonly number[], controls: readonly GraphNode[]): Ref {
    const { graph } = this.#recorder;
    const node = (
      op: string,
      inputs: readonly Ref[],
      attributes: Record<string, AttributeValue>,
      to: number = DT.float,
    ): Ref => {
      const waits = inputs.some((ref) => parts.includes(ref)) ? controls : [];
      return { node: graph.add({ op, inputs, attributes, controls: waits }), output: 0, dtype: to };
    };
    const ints = (values: readonly number[]) => graph.constant(DT.int32, [values.length], Int32Array.from(values));
    const float = { T: FLOAT };
    return FORMATS[stored].widen<Ref>(
      {
        cast: (x, from, to) => node('Cast', [x], castAttributes(from, to), to),
        times: (a, b) => node('Mul', [a, b], float),
        plus: (a, b) => node('AddV2', [a, b], float),
        rows: (table, indices) =>
          node('GatherV2', [table, indices, graph.int(0)], { Tparams: FLOAT, Tindices: INDEX, Taxis: INDEX }),
        head: (x, count) => node('Slice', [x, ints([0]), ints([count])], { ...float, Index: INDEX }),
        reshape: (x, to) => node('Reshape', [x, ints(to)], { ...float, Tshape: INDEX }),
        constant: (values, of) => graph.constant(DT.float, of, values),
      },
      parts,
      shape,
    );
  }

  /** An update node that waits for the reads of its variables and for the given nodes. */
  #update(
    op: string,
    names: readonly string[],
    inputs: Ref[],
    attributes: Record<string, AttributeValue>,
    after: GraphNode[] = [],
  ) {
    const readers = names.map((name) => this.#readers.get(`0 ${name}`)).filter((node) => node !== undefined);
    const handles = names.map((name) => this.#handle(name));
    const { graph } = this.#recorder;
    const node = graph.add({ op, inputs: [...handles, ...inputs], controls: [...readers, ...after], attributes });
    this.updates.push(node);
    return node;
  }

  /**
   * Overwrites in place; from then on, TensorFlow copies the variable whenever it is read. `AssignVariableOp` does not
   * work: inside a session it does not reach a variable that exists outside, and it would keep the buffer that it is given.
   */
  protected override commitAssign(name: string, value: Tensor): void {
    const slot = this.table.slot(name);
    if (slot.isUpdatedInPlace) throw new Error(`${name} is updated in place and cannot be assigned in a step.`);
    slot.isCopiedOnRead = true;
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
    const slots = [update.name, update.firstMoment, update.secondMoment].map((name) => this.table.slot(name));
    if (this.#settled && !slots.some(({ isCopiedOnRead }) => isCopiedOnRead)) this.#updateInPlace(update, slots);
    else this.#updateBySeveral(update);
  }

  /** One operation that writes into what it reads, after everything else that the step computes. */
  #updateInPlace(update: AdamUpdate, slots: readonly VariableSlot<number>[]): void {
    const { gradient, rate, beta1, beta2, epsilon, scale } = update;
    for (const slot of slots) slot.isUpdatedInPlace = true;
    const stored = slots.map((slot) => this.#parts(slot)[0] as Ref);
    const shrink = update.shrink ?? tf.scalar(0);
    const given = [gradient, rate, beta1, beta2, epsilon, shrink, scale].map((tensor) => this.#recorder.refOf(tensor));
    const node = this.#recorder.graph.add({
      op: IN_PLACE_ADAM_W,
      inputs: [...stored, ...given],
      controls: [this.#settled as GraphNode],
      attributes: { threads: { kind: 'int', value: this.#threads } },
    });
    this.updates.push(node);
  }

  #updateBySeveral(update: AdamUpdate): void {
    const ref = (tensor: Tensor) => this.#recorder.refOf(tensor);
    const before: GraphNode[] = [];
    if (update.shrink) {
      const lost = ref(tf.mul(this.read(update.name), update.shrink));
      before.push(this.#update('AssignSubVariableOp', [update.name], [lost], { dtype: FLOAT }));
    }
    const zero = ref(tf.scalar(0));
    const { rate, beta1, beta2, epsilon } = update;
    const gradient = scaledOrZero(update.gradient, update.scale);
    const inputs = [zero, zero, ...[rate, beta1, beta2, epsilon, gradient].map(ref)];
    const names = [update.name, update.firstMoment, update.secondMoment];
    this.#update('ResourceApplyAdam', names, inputs, { T: FLOAT, use_locking: { kind: 'bool', value: false } }, before);
  }
}
