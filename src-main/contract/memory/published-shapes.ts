import type { NetworkShape } from './network-shape.ts';

/** A published model by its config.json. */
export interface PublishedShape {
  readonly name: string;
  readonly shape: NetworkShape;
}

/** Values of config.json, in the order in which they decide a network of Llama's kind. */
interface Published {
  readonly hidden: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly inner: number;
  readonly vocab: number;
  /** `hidden` / `heads` if absent. */
  readonly headWidth?: number;
  /** Whether the output matrix is the embedding. */
  readonly tied?: false;
  /** Biases of queries, keys, and values (Qwen 2.5). */
  readonly biases?: true;
  /** Norms of the width of a head (Qwen 3, Gemma 3), or of all heads (OLMo 2). */
  readonly headNorms?: 'each' | 'all';
  /** Norms of a block: 4 in Gemma 3, otherwise 2. */
  readonly norms?: 4;
  /** Queries, keys, and values in one matrix, and gate and up in another (Phi 3). */
  readonly joined?: true;
}

function matrices(config: Published, queries: number, keys: number) {
  const { hidden, inner, layers: count } = config;
  const matrix = (name: string, inputs: number, outputs: number) => ({ name, inputs, outputs, count });
  const before = config.joined
    ? [matrix('qkv_proj', hidden, queries + 2 * keys)]
    : [matrix('q_proj', hidden, queries), matrix('k_proj', hidden, keys), matrix('v_proj', hidden, keys)];
  const within = config.joined
    ? [matrix('gate_up_proj', hidden, 2 * inner)]
    : [matrix('gate_proj', hidden, inner), matrix('up_proj', hidden, inner)];
  return [...before, matrix('o_proj', queries, hidden), ...within, matrix('down_proj', inner, hidden)];
}

export function shapeOf(config: Published): NetworkShape {
  const { hidden, layers, heads, kvHeads, inner, vocab, headWidth = hidden / heads } = config;
  const [queries, keys] = [heads * headWidth, kvHeads * headWidth];
  const headNorms = { each: 2 * headWidth, all: queries + keys, none: 0 }[config.headNorms ?? 'none'];
  const inBlock = (config.norms ?? 2) * hidden + headNorms + (config.biases ? queries + 2 * keys : 0);
  const table = (name: string) => ({ name, inputs: vocab, outputs: hidden, count: 1 });
  return {
    width: hidden,
    layers,
    heads,
    keyValueHeads: kvHeads,
    headWidth,
    innerWidth: inner,
    vocabSize: vocab,
    linear: matrices(config, queries, keys),
    tables: config.tied === false ? [table('embed_tokens'), table('lm_head')] : [table('embed_tokens')],
    vectors: inBlock * layers + hidden,
  };
}

const CONFIGS: Readonly<Record<string, Published>> = {
  'SmolLM2-135M': { hidden: 576, layers: 30, heads: 9, kvHeads: 3, inner: 1536, vocab: 49_152 },
  'Gemma-3-270m': {
    ...{ hidden: 640, layers: 18, heads: 4, kvHeads: 1, inner: 2048, vocab: 262_144 },
    ...{ headWidth: 256, headNorms: 'each', norms: 4 },
  },
  'SmolLM2-360M': { hidden: 960, layers: 32, heads: 15, kvHeads: 5, inner: 2560, vocab: 49_152 },
  'Qwen2.5-0.5B': { hidden: 896, layers: 24, heads: 14, kvHeads: 2, inner: 4864, vocab: 151_936, biases: true },
  'Qwen3-0.6B': {
    ...{ hidden: 1024, layers: 28, heads: 16, kvHeads: 8, inner: 3072, vocab: 151_936 },
    ...{ headWidth: 128, headNorms: 'each' },
  },
  'Gemma-3-1B': {
    ...{ hidden: 1152, layers: 26, heads: 4, kvHeads: 1, inner: 6912, vocab: 262_144 },
    ...{ headWidth: 256, headNorms: 'each', norms: 4 },
  },
  'Llama-3.2-1B': { hidden: 2048, layers: 16, heads: 32, kvHeads: 8, inner: 8192, vocab: 128_256 },
  'OLMo-2-1B': {
    ...{ hidden: 2048, layers: 16, heads: 16, kvHeads: 16, inner: 8192, vocab: 100_352 },
    ...{ tied: false, headNorms: 'all' },
  },
  'Qwen2.5-1.5B': { hidden: 1536, layers: 28, heads: 12, kvHeads: 2, inner: 8960, vocab: 151_936, biases: true },
  'SmolLM2-1.7B': { hidden: 2048, layers: 24, heads: 32, kvHeads: 32, inner: 8192, vocab: 49_152 },
  'SmolLM3-3B': { hidden: 2048, layers: 36, heads: 16, kvHeads: 4, inner: 11_008, vocab: 128_256 },
  'Llama-3.2-3B': { hidden: 3072, layers: 28, heads: 24, kvHeads: 8, inner: 8192, vocab: 128_256 },
  'Phi-4-mini': { hidden: 3072, layers: 32, heads: 24, kvHeads: 8, inner: 8192, vocab: 200_064, joined: true },
};

/** Published models of the families that Keel trains, smallest first. */
export const PUBLISHED_SHAPES: readonly PublishedShape[] = Object.entries(CONFIGS).map(([name, config]) => ({
  name,
  shape: shapeOf(config),
}));
