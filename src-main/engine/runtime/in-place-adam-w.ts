import { type Binding, DT, intAttribute } from './binding.ts';

/**
 * The addon's own operation (scripts/setup/adam-w-op.cc): one pass over a weight, its moments, and its gradient, which
 * writes into the memory that it is given. Inputs: weight, m, v, gradient; then scalars rate, beta1, beta2, epsilon, shrink,
 * scale.
 */
export const IN_PLACE_ADAM_W = 'KeelAdamW';

/** Whether the addon has the operation, and its device can run it: not with an older addon, nor on a GPU. */
export function canUpdateInPlace(binding: Binding): boolean {
  if (binding.isUsingGpuDevice()) return false;
  const inputs = Array.from({ length: 10 }, (_, index) =>
    binding.createTensor(index < 4 ? [1] : [], DT.float, Float32Array.of(0)),
  );
  try {
    binding.executeOp(IN_PLACE_ADAM_W, [intAttribute('threads', 1)], inputs, 0);
    return true;
  } catch {
    return false;
  } finally {
    for (const id of inputs) binding.deleteTensor(id);
  }
}
