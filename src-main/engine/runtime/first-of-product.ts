import { type Binding, boolAttribute, DT, typeAttribute } from './binding.ts';

/**
 * First number of the product of two float32 matrices, by the addon alone; reading it waits for the device. Throws when the
 * addon gives none.
 *
 * @param factors the addon's tensors [n, n] and [n, n], which stay
 */
export function firstOfProduct(binding: Binding, factors: readonly [number, number]): number {
  const attributes = [
    boolAttribute('transpose_a', false),
    boolAttribute('transpose_b', false),
    typeAttribute('T', DT.float),
  ];
  const [product] = binding.executeOp('MatMul', attributes, [...factors], 1);
  if (!product) throw new Error('MatMul gave no result.');
  const [first] = binding.tensorDataSync(product.id);
  binding.deleteTensor(product.id);
  return first as number;
}
