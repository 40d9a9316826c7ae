import { type FloatHost, float32 } from './host-tensor.ts';
import { scaledOrZero } from './ops/masked.ts';
import { StepScope } from './step-scope.ts';
import { FORMATS } from './stored/formats.ts';
import type { StoredDtype } from './stored/stored-dtype.ts';
import { tf } from './tf.ts';
import type { AdamUpdate, Factor, RowRange, Tensor } from './types.ts';
import type { VariableSlot, VariableStorage } from './variable-table.ts';

/** The backend has float32 only: a variable of another storage type holds its values in float32. */
function keptTensor({ data, shape }: FloatHost, stored: StoredDtype): readonly [Tensor] {
  return [tf.keep(tf.tensor(FORMATS[stored].rounded(data, shape), [...shape]))];
}

/** The only tensor of a variable. */
const kept = ({ handles }: VariableSlot<Tensor>) => handles[0] as Tensor;

/** Variables as tensors of the pure JavaScript backend. */
export const javascriptStorage: VariableStorage<Tensor> = {
  create: keptTensor,
  write: (slot, value) => {
    kept(slot).dispose();
    return keptTensor(value, slot.stored);
  },
  read: (slot) => float32(Float32Array.from(kept(slot).dataSync() as Float32Array), slot.shape),
  free: (handle) => handle.dispose(),
};

/** A step's view of variables that are plain tensors. */
export class JavascriptScope extends StepScope<Tensor> {
  protected override fetch(slot: VariableSlot<Tensor>): Tensor {
    return tf.clone(kept(slot));
  }

  protected override fetchAfter(slot: VariableSlot<Tensor>, _after: Tensor, rows?: RowRange): Tensor {
    return rows ? tf.slice(kept(slot), [rows.from], [rows.count]) : this.fetch(slot);
  }

  protected override fetchFactor(slot: VariableSlot<Tensor>): Factor {
    return { tensor: this.fetch(slot) };
  }

  protected override fetchRows(slot: VariableSlot<Tensor>, ids: Tensor): Tensor {
    return tf.gather(kept(slot), ids as ReturnType<typeof tf.tensor1d>, 0);
  }

  #replace(name: string, value: Tensor): void {
    const slot = this.table.slot(name);
    const own = tf.keep(tf.clone(value));
    kept(slot).dispose();
    slot.handles = [own];
  }

  protected override commitAssign(name: string, value: Tensor): void {
    this.#replace(name, value);
  }

  protected override commitAdd(name: string, value: Tensor): void {
    this.#replace(name, tf.add(kept(this.table.slot(name)), value));
  }

  protected override commitAdam(update: AdamUpdate): void {
    const { rate, epsilon, beta1, beta2, shrink } = update;
    const gradient = scaledOrZero(update.gradient, update.scale);
    const weight = kept(this.table.slot(update.name));
    const first = kept(this.table.slot(update.firstMoment));
    const second = kept(this.table.slot(update.secondMoment));
    const m = tf.add(first, tf.mul(tf.sub(gradient, first), tf.sub(1, beta1)));
    const v = tf.add(second, tf.mul(tf.sub(tf.square(gradient), second), tf.sub(1, beta2)));
    const decayed = shrink ? tf.sub(weight, tf.mul(weight, shrink)) : weight;
    const moved = tf.sub(decayed, tf.div(tf.mul(m, rate), tf.add(tf.sqrt(v), epsilon)));
    this.#replace(update.firstMoment, m);
    this.#replace(update.secondMoment, v);
    this.#replace(update.name, moved);
  }
}
