import { DT } from '../../binding.ts';
import type { AttributeValue } from '../graph-builder.ts';
import { ELEMENTWISE_RULES } from './elementwise-rules.ts';
import { LAYOUT_RULES } from './layout-rules.ts';
import {
  broadcast,
  constantValue,
  flag,
  input,
  integer,
  type Meta,
  positive,
  type ShapeRule,
  UnknownShape,
} from './meta.ts';

const matMul =
  (first: string, second: string): ShapeRule =>
  (inputs, attributes) => {
    const [a, b] = [input(inputs, 0), input(inputs, 1)];
    const rows = a.shape.at(flag(attributes, first) ? -1 : -2) as number;
    const columns = b.shape.at(flag(attributes, second) ? -2 : -1) as number;
    return [{ shape: [...broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2)), rows, columns], dtype: a.dtype }];
  };

function reduced({ shape }: Meta, axes: readonly number[], keep: boolean): number[] {
  const gone = new Set(axes.map((axis) => positive(axis, shape.length)));
  return shape.flatMap((size, axis) => (gone.has(axis) ? (keep ? [1] : []) : [size]));
}

const reduction: ShapeRule = (inputs, attributes) => {
  const x = input(inputs, 0);
  return [{ shape: reduced(x, constantValue(inputs, 1), flag(attributes, 'keep_dims')), dtype: x.dtype }];
};

const place: ShapeRule = (inputs, attributes) => [
  {
    shape: reduced(input(inputs, 0), constantValue(inputs, 1), false),
    dtype: integer(attributes, 'output_type', DT.int64),
  },
];

const segmentSum: ShapeRule = (inputs) => {
  const [data, segments] = [input(inputs, 0), input(inputs, 1)];
  const count = constantValue(inputs, 2);
  return [{ shape: [...count, ...data.shape.slice(segments.shape.length)], dtype: data.dtype }];
};

const fill: ShapeRule = (inputs) => [{ shape: constantValue(inputs, 0), dtype: input(inputs, 1).dtype }];

const range: ShapeRule = (inputs) => {
  const [start = 0, stop = 0, step = 1] = [0, 1, 2].map((index) => constantValue(inputs, index)[0] as number);
  return [{ shape: [Math.max(0, Math.ceil((stop - start) / step))], dtype: input(inputs, 0).dtype }];
};

const oneHot: ShapeRule = (inputs, attributes) => {
  const { shape } = input(inputs, 0);
  const axis = positive(integer(attributes, 'axis', -1), shape.length + 1);
  return [{ shape: shape.toSpliced(axis, 0, ...constantValue(inputs, 1)), dtype: input(inputs, 2).dtype }];
};

const topK: ShapeRule = (inputs) => {
  const { shape, dtype } = input(inputs, 0);
  const kept = shape.with(-1, constantValue(inputs, 1)[0] as number);
  return [
    { shape: kept, dtype },
    { shape: kept, dtype: DT.int32 },
  ];
};

const random: ShapeRule = (inputs, attributes) => [
  { shape: constantValue(inputs, 0), dtype: integer(attributes, 'dtype', DT.float) },
];

const RULES: ReadonlyMap<string, ShapeRule> = new Map([
  ...ELEMENTWISE_RULES,
  ...LAYOUT_RULES,
  ...['All', 'Any', 'Max', 'Mean', 'Min', 'Prod', 'Sum'].map((name) => [name, reduction] as const),
  ['ArgMax', place],
  ['ArgMin', place],
  ['BatchMatMulV2', matMul('adj_x', 'adj_y')],
  ['BatchMatMulV3', matMul('adj_x', 'adj_y')],
  ['MatMul', matMul('transpose_a', 'transpose_b')],
  ['Fill', fill],
  ['L2Loss', (inputs) => [{ shape: [], dtype: input(inputs, 0).dtype }]],
  ['OneHot', oneHot],
  ['Range', range],
  ['StatelessRandomUniform', random],
  ['TopKV2', topK],
  ['UnsortedSegmentSum', segmentSum],
]);

/** Shapes and dtypes of an op's outputs. Throws {@link UnknownShape}. */
export function inferShapes(
  op: string,
  inputs: readonly Meta[],
  attributes: Readonly<Record<string, AttributeValue>>,
): Meta[] {
  const rule = RULES.get(op);
  if (!rule) throw new UnknownShape(`There is no shape rule for ${op}.`);
  return rule(inputs, attributes);
}
