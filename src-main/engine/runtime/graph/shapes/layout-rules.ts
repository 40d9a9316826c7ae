import { constantValue, input, integer, positive, type ShapeRule, UnknownShape } from './meta.ts';

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

const reshape: ShapeRule = (inputs) => {
  const { shape, dtype } = input(inputs, 0);
  const wanted = constantValue(inputs, 1);
  const known = wanted.filter((size) => size !== -1);
  const rest = sizeOf(shape) / sizeOf(known);
  return [{ shape: wanted.map((size) => (size === -1 ? rest : size)), dtype }];
};

const transpose: ShapeRule = (inputs) => {
  const { shape, dtype } = input(inputs, 0);
  return [{ shape: constantValue(inputs, 1).map((axis) => shape[axis] as number), dtype }];
};

const expandDims: ShapeRule = (inputs) => {
  const { shape, dtype } = input(inputs, 0);
  const [axis = 0] = constantValue(inputs, 1);
  return [{ shape: shape.toSpliced(positive(axis, shape.length + 1), 0, 1), dtype }];
};

const concat: ShapeRule = (inputs) => {
  const parts = inputs.slice(0, -1);
  const { shape, dtype } = input(inputs, 0);
  const [last = 0] = constantValue(inputs, inputs.length - 1);
  const axis = positive(last, shape.length);
  const total = parts.reduce((sum, part) => sum + (part.shape[axis] as number), 0);
  return [{ shape: shape.with(axis, total), dtype }];
};

const pack: ShapeRule = (inputs, attributes) => {
  const { shape, dtype } = input(inputs, 0);
  const axis = positive(integer(attributes, 'axis', 0), shape.length + 1);
  return [{ shape: shape.toSpliced(axis, 0, inputs.length), dtype }];
};

const unpack: ShapeRule = (inputs, attributes) => {
  const { shape, dtype } = input(inputs, 0);
  const axis = positive(integer(attributes, 'axis', 0), shape.length);
  return Array.from({ length: shape[axis] as number }, () => ({ shape: shape.toSpliced(axis, 1), dtype }));
};

const splitByLengths: ShapeRule = (inputs) => {
  const { shape, dtype } = input(inputs, 0);
  const [last = 0] = constantValue(inputs, 2);
  return constantValue(inputs, 1).map((length) => ({ shape: shape.with(positive(last, shape.length), length), dtype }));
};

const slice: ShapeRule = (inputs) => {
  const { shape, dtype } = input(inputs, 0);
  const sizes = constantValue(inputs, 2);
  // The start may be computed; it matters only if the size means "to the end".
  const begin = sizes.includes(-1) ? constantValue(inputs, 1) : [];
  return [{ shape: sizes.map((size, axis) => (size === -1 ? shape[axis]! - begin[axis]! : size)), dtype }];
};

const stridedSlice: ShapeRule = (inputs, attributes) => {
  const { shape, dtype } = input(inputs, 0);
  if (integer(attributes, 'ellipsis_mask', 0) || integer(attributes, 'new_axis_mask', 0)) {
    throw new UnknownShape('StridedSlice with an ellipsis or a new axis.');
  }
  const [begin, end, strides] = [1, 2, 3].map((index) => constantValue(inputs, index)) as [
    number[],
    number[],
    number[],
  ];
  const has = (name: string, axis: number) => (integer(attributes, name, 0) >> axis) % 2 === 1;
  const sizes = shape.map((size, axis) => {
    const stride = strides[axis];
    if (stride === undefined) return size;
    const clamp = (at: number) => {
      const place = positive(at, size);
      return stride > 0 ? Math.min(Math.max(place, 0), size) : Math.min(Math.max(place, -1), size - 1);
    };
    const from = has('begin_mask', axis) ? (stride > 0 ? 0 : size - 1) : clamp(begin[axis] as number);
    const to = has('end_mask', axis) ? (stride > 0 ? size : -1) : clamp(end[axis] as number);
    return Math.max(0, Math.ceil((to - from) / stride));
  });
  return [{ shape: sizes.filter((_, axis) => !has('shrink_axis_mask', axis)), dtype }];
};

const gather: ShapeRule = (inputs, attributes) => {
  const [table, indices] = [input(inputs, 0), input(inputs, 1)];
  const axis = positive(constantValue(inputs, 2)[0] ?? 0, table.shape.length);
  const batch = integer(attributes, 'batch_dims', 0);
  return [{ shape: table.shape.toSpliced(axis, 1, ...indices.shape.slice(batch)), dtype: table.dtype }];
};

const gatherNd: ShapeRule = (inputs) => {
  const [table, indices] = [input(inputs, 0), input(inputs, 1)];
  const depth = indices.shape.at(-1) as number;
  return [{ shape: [...indices.shape.slice(0, -1), ...table.shape.slice(depth)], dtype: table.dtype }];
};

const scatterNd: ShapeRule = (inputs) => [{ shape: constantValue(inputs, 2), dtype: input(inputs, 1).dtype }];

const tile: ShapeRule = (inputs) => {
  const { shape, dtype } = input(inputs, 0);
  return [{ shape: constantValue(inputs, 1).map((times, axis) => times * (shape[axis] as number)), dtype }];
};

const pad: ShapeRule = (inputs) => {
  const { shape, dtype } = input(inputs, 0);
  const widths = constantValue(inputs, 1);
  return [{ shape: shape.map((size, axis) => size + widths[2 * axis]! + widths[2 * axis + 1]!), dtype }];
};

export const LAYOUT_RULES: readonly (readonly [string, ShapeRule])[] = [
  ['Reshape', reshape],
  ['Transpose', transpose],
  ['ExpandDims', expandDims],
  ['ConcatV2', concat],
  ['Pack', pack],
  ['Unpack', unpack],
  ['SplitV', splitByLengths],
  ['Slice', slice],
  ['StridedSlice', stridedSlice],
  ['GatherV2', gather],
  ['GatherNd', gatherNd],
  ['ScatterNd', scatterNd],
  ['Tile', tile],
  ['PadV2', pad],
];
