/** Sizes that decide where a row is stored. */
export interface HeadSizes {
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headWidth: number;
}

/**
 * How GGUF stores a tensor differently: `transposed`, `shifted` (every value plus 1), or with its rows in another order.
 * `place` maps the row of a Hugging Face tensor to its row in GGUF.
 */
export type Layout = 'transposed' | 'shifted' | { readonly place: (row: number, sizes: HeadSizes) => number };

/**
 * Llama's queries and keys: Hugging Face stores the two entries that are rotated together half a head apart, GGUF next
 * to each other. Source: `LlamaModel.permute` of llama.cpp's converter.
 */
export const ROTARY_PAIRS: Layout = {
  place: (row, { headWidth }) => {
    const within = row % headWidth;
    const half = headWidth / 2;
    return row - within + 2 * (within % half) + Math.floor(within / half);
  },
};

/** GPT-NeoX's stacked queries, keys and values: per head in Hugging Face, all queries first in GGUF. */
export const STACKED_HEADS: Layout = {
  place: (row, { heads, headWidth }) => {
    const within = row % headWidth;
    const part = Math.floor(row / headWidth) % 3;
    const head = Math.floor(row / (3 * headWidth));
    return (part * heads + head) * headWidth + within;
  },
};

/** Shape: [a, b] → [b, a]. */
export function transposed(
  values: Float32Array,
  [rows, columns]: readonly [number, number],
): Float32Array<ArrayBuffer> {
  const out = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      out[column * rows + row] = values[row * columns + column] as number;
  }
  return out;
}

/** Moves rows from or to their places in GGUF. Shape: [rows, …], unchanged. */
export function movedRows(
  values: Float32Array,
  rows: number,
  place: (row: number) => number,
  to: 'gguf' | 'hugging-face',
): Float32Array<ArrayBuffer> {
  const width = values.length / rows;
  const out = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    const [from, target] = to === 'gguf' ? [row, place(row)] : [place(row), row];
    out.set(values.subarray(from * width, (from + 1) * width), target * width);
  }
  return out;
}

const isMatrix = (shape: readonly number[]) => shape.length === 2;

/** A tensor's shape in the other format; biases are never transposed. */
export function otherShape(shape: readonly number[], layout: Layout | undefined): readonly number[] {
  return layout === 'transposed' && isMatrix(shape) ? shape.toReversed() : shape;
}

/** What rounding loses of a value plus 1: value = (value + 1) - 1 + remainder, in float32 and without rounding. */
export function shiftRemainders(values: Float32Array): Float32Array<ArrayBuffer> {
  return Float32Array.from(values, (value) => value - (Math.fround(value + 1) - 1));
}

/** A tensor's values in the order of the other format. `shape` is the given tensor's. */
export function otherOrder(
  values: Float32Array<ArrayBuffer>,
  shape: readonly number[],
  layout: Layout | undefined,
  sizes: HeadSizes,
  to: 'gguf' | 'hugging-face',
): Float32Array<ArrayBuffer> {
  if (layout === undefined) return values;
  if (layout === 'shifted') return values.map((value) => (to === 'gguf' ? value + 1 : value - 1));
  if (layout === 'transposed') return isMatrix(shape) ? transposed(values, shape as [number, number]) : values;
  return movedRows(values, shape[0] as number, (row) => layout.place(row, sizes), to);
}
