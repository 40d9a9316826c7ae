import { roundsFactors } from './ops/product.ts';
import { FORMATS } from './stored/formats.ts';
import { tf } from './tf.ts';
import type { AdamUpdate, Factor, RowRange, StepVariables, Tensor, Weights } from './types.ts';
import type { VariableSlot, VariableTable } from './variable-table.ts';

/**
 * A step's view of the variables: reads are shared within the step, so that gradients find one tensor per variable, and
 * changes wait until {@link commit}.
 */
export abstract class StepScope<H> implements StepVariables {
  protected readonly table: VariableTable<H>;
  readonly #reads = new Map<string, Tensor>();
  readonly #changes: (() => void)[] = [];
  /** The values that {@link commit} will write. */
  protected readonly written: Tensor[] = [];
  readonly #changed = new Set<string>();

  constructor(table: VariableTable<H>) {
    this.table = table;
  }

  /** The variable's value as a float32 tensor, regardless of how it is stored. */
  protected abstract fetch(slot: VariableSlot<H>): Tensor;
  /**
   * The same for a stored type other than float32, in a graph no earlier than `after` is available; `rows`: of these
   * rows alone, for a type that has them.
   */
  protected abstract fetchAfter(slot: VariableSlot<H>, after: Tensor, rows?: RowRange): Tensor;
  /** The value rounded to bfloat16, in a graph no earlier than `after` is available. */
  protected abstract fetchFactor(slot: VariableSlot<H>, after: Tensor): Factor;
  /** Rows of the value. Shape: ids int32 [m], result [m, d]. */
  protected abstract fetchRows(slot: VariableSlot<H>, ids: Tensor): Tensor;
  protected abstract commitAssign(name: string, value: Tensor): void;
  protected abstract commitAdd(name: string, value: Tensor): void;
  protected abstract commitAdam(update: AdamUpdate): void;

  read(name: string): Tensor {
    const known = this.#reads.get(name);
    if (known) return known;
    // Kept: the first read may happen in a narrower scope than the last one, such as a loop's body or a loss.
    const value = tf.keep(this.fetch(this.table.slot(name)));
    this.#reads.set(name, value);
    return value;
  }

  widened(name: string, after: Tensor, rows?: RowRange): Tensor {
    const slot = this.table.slot(name);
    if (slot.stored !== 'float32') return this.fetchAfter(slot, after, rows);
    const whole = this.read(name);
    return rows ? tf.slice(whole, [rows.from], [rows.count]) : whole;
  }

  narrowShape(name: string): readonly number[] | null {
    const { stored, shape } = this.table.slot(name);
    return stored !== 'float32' && FORMATS[stored].hasRows ? shape : null;
  }

  factor(name: string, after: Tensor): Factor {
    if (!roundsFactors()) return { tensor: this.widened(name, after) };
    return this.fetchFactor(this.table.slot(name), after);
  }

  rows(name: string, ids: Tensor): Tensor {
    return this.fetchRows(this.table.slot(name), ids);
  }

  weights(prefix?: string): Weights {
    const full = (name: string) => (prefix === undefined ? name : `${prefix}/${name}`);
    return Object.assign((name: string) => this.read(full(name)), {
      widened: (name: string, after: Tensor, rows?: RowRange) => this.widened(full(name), after, rows),
      narrowShape: (name: string) => this.narrowShape(full(name)),
      factor: (name: string, after: Tensor) => this.factor(full(name), after),
      rows: (name: string, ids: Tensor) => this.rows(full(name), ids),
    });
  }

  names(prefix: string): readonly string[] {
    return this.table.names(prefix);
  }

  assign(name: string, value: Tensor): void {
    this.#expectShape(name, value);
    this.written.push(value);
    this.#change([name], () => this.commitAssign(name, value));
  }

  add(name: string, value: Tensor): void {
    this.#expectShape(name, value);
    this.written.push(value);
    this.#change([name], () => this.commitAdd(name, value));
  }

  applyAdam(update: AdamUpdate): void {
    this.#expectShape(update.name, update.gradient);
    this.#change([update.name, update.firstMoment, update.secondMoment], () => this.commitAdam(update));
  }

  /** Applies the changes, in the order in which the step requested them. */
  commit(): void {
    for (const change of this.#changes) change();
  }

  /** Frees the tensors that were read. */
  close(): void {
    for (const value of this.#reads.values()) value.dispose();
  }

  #expectShape(name: string, value: Tensor): void {
    const { shape } = this.table.slot(name);
    if (shape.join() === value.shape.join()) return;
    throw new Error(`${name} has shape [${shape.join(', ')}], but the step assigns shape [${value.shape.join(', ')}].`);
  }

  #change(names: readonly string[], change: () => void): void {
    for (const name of names) {
      const { stored } = this.table.slot(name);
      if (stored !== 'float32') {
        throw new Error(`${name} is stored as ${stored}; it is frozen and steps must not change it.`);
      }
      if (this.#changed.has(name)) throw new Error(`The step changes ${name} twice.`);
      this.#changed.add(name);
    }
    this.#changes.push(change);
  }
}
