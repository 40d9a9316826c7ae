import { type FloatHost, float32 } from './host-tensor.ts';
import { StepScope } from './step-scope.ts';
import type { StoredDtype } from './stored-dtype.ts';
import { tf } from './tf.ts';
import type { AdamUpdate, Tensor } from './types.ts';
import type { VariableSlot, VariableStorage } from './variable-table.ts';

/** The backend has no float16: such a variable holds float16 values in float32. */
function keptTensor({ data, shape }: FloatHost, stored: StoredDtype): Tensor {
  const own = stored === 'float16' ? data.map(Math.f16round) : data.slice();
  return tf.keep(tf.tensor(own, [...shape]));
}

/** Variables as tensors of the pure JavaScript backend. */
export const javascriptStorage: VariableStorage<Tensor> = {
  create: keptTensor,
  write: ({ handle, stored }, value) => {
    handle.dispose();
    return keptTensor(value, stored);
  },
  read: ({ handle, shape }) => float32(Float32Array.from(handle.dataSync() as Float32Array), shape),
  free: (handle) => handle.dispose(),
};

/** A step's view of variables that are plain tensors. */
export class JavascriptScope extends StepScope<Tensor> {
  protected override fetch({ handle }: VariableSlot<Tensor>): Tensor {
    return tf.clone(handle);
  }

  #replace(name: string, value: Tensor): void {
    const slot = this.table.slot(name);
    const kept = tf.keep(tf.clone(value));
    slot.handle.dispose();
    slot.handle = kept;
  }

  protected override commitAssign(name: string, value: Tensor): void {
    this.#replace(name, value);
  }

  protected override commitAdd(name: string, value: Tensor): void {
    this.#replace(name, tf.add(this.table.slot(name).handle, value));
  }

  protected override commitAdam(update: AdamUpdate): void {
    const { gradient, rate, epsilon, beta1, beta2, shrink } = update;
    const weight = this.table.slot(update.name).handle;
    const first = this.table.slot(update.firstMoment).handle;
    const second = this.table.slot(update.secondMoment).handle;
    const m = tf.add(first, tf.mul(tf.sub(gradient, first), tf.sub(1, beta1)));
    const v = tf.add(second, tf.mul(tf.sub(tf.square(gradient), second), tf.sub(1, beta2)));
    const decayed = shrink ? tf.sub(weight, tf.mul(weight, shrink)) : weight;
    const moved = tf.sub(decayed, tf.div(tf.mul(m, rate), tf.add(tf.sqrt(v), epsilon)));
    this.#replace(update.firstMoment, m);
    this.#replace(update.secondMoment, v);
    this.#replace(update.name, moved);
  }
}
