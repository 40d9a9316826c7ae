import type { GgufExportType } from '#contract/gguf-types.ts';
import type { TensorTypeName } from '../types/tensor-types.ts';
import { tensorTypeNamed } from '../types/tensor-types.ts';

/** The type of most tensors of a file. */
const MAIN: Readonly<Record<GgufExportType, TensorTypeName>> = {
  F32: 'F32',
  F16: 'F16',
  Q8_0: 'Q8_0',
  Q4_0: 'Q4_0',
  Q4_K_M: 'Q4_K',
  Q5_K_M: 'Q5_K',
  Q6_K: 'Q6_K',
};

/** `general.file_type`. */
export const FILE_TYPES: Readonly<Record<GgufExportType, number>> = {
  F32: 0,
  F16: 1,
  Q4_0: 2,
  Q8_0: 7,
  Q4_K_M: 15,
  Q5_K_M: 17,
  Q6_K: 18,
};

/** What a type becomes if rows are no multiple of its block. */
const FALLBACK: Readonly<Partial<Record<TensorTypeName, TensorTypeName>>> = {
  Q4_K: 'Q5_0',
  Q5_K: 'Q5_1',
  Q6_K: 'Q8_0',
};

/** The first and last eighth of the layers, and every third between them, get more bits. */
function hasMoreBits(layer: number, layers: number): boolean {
  const eighth = Math.floor(layers / 8);
  return layer < eighth || layer >= Math.floor((7 * layers) / 8) || (layer - eighth) % 3 === 2;
}

interface Wanted {
  readonly name: string;
  readonly shape: readonly number[];
  readonly layers: number;
  /** Whether the input embedding is the output matrix as well. */
  readonly tied: boolean;
}

function preferred(type: GgufExportType, { name, layers, tied }: Wanted): TensorTypeName {
  const main = MAIN[type];
  const isMixed = type === 'Q4_K_M' || type === 'Q5_K_M';
  if (name === 'output.weight' || (tied && name === 'token_embd.weight')) return type === 'Q8_0' ? 'Q8_0' : 'Q6_K';
  if (!isMixed) return main;
  const layer = Number(/^blk\.(\d+)\./.exec(name)?.[1] ?? 0);
  if (/\.(attn_v|ffn_down)\.weight$/.test(name) && hasMoreBits(layer, layers)) return 'Q6_K';
  if (name.endsWith('.attn_qkv.weight')) return type === 'Q4_K_M' ? 'Q5_K' : 'Q6_K';
  return main;
}

/** The type of one tensor in a file of a given type, as llama.cpp's `llama-quantize` chooses it without an imatrix. */
export function chooseType(type: GgufExportType, wanted: Wanted): TensorTypeName {
  const { name, shape } = wanted;
  if (type === 'F32' || shape.length < 2 || name === 'position_embd.weight') return 'F32';
  if (type === 'F16') return 'F16';
  const width = shape.at(-1) as number;
  const isWhole = (one: TensorTypeName) => width % tensorTypeNamed(one).block === 0;
  const best = preferred(type, wanted);
  const fitting = isWhole(best) ? best : (FALLBACK[best] ?? best);
  return isWhole(fitting) ? fitting : 'F16';
}
