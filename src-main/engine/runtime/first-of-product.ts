import { type Binding, boolAttribute, DT, typeAttribute } from './binding.ts';

/**
 * First number of the product of two float32 matrices, using only the addon; reading it waits for the device. Throws if
 * the addon returns none.
 *
 * @param factors the addon's tensors [n, n] and [n, n], which are not freed
 */
export function firstOfProduct(binding: Binding, factors: readonly [number, number]): number {
  const attributes = [
    boolAttribute('transpose_a', false),
    boolAttribute('transpose_b', false),
    typeAttribute('T', DT.float),
  ];
  const [product] = binding.executeOp('MatMul', attributes, [...factors], 1);
  if (!product) throw new Error('MatMul returned no result.');
  const [first] = binding.tensorDataSync(product.id);
  binding.deleteTensor(product.id);
  return first as number;
}
