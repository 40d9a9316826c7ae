import type { ModelConfig } from '../model/config/model-config.ts';
import { stackRows } from '../runtime/stack-rows.ts';
import { takeRows } from '../runtime/take-rows.ts';
import type { GenerationResult, Generator, PaddedPrompts } from './generate.ts';

/** Bytes that the rows of one generation call may take beside the weights. */
const ROOM = 512 * 2 ** 20;
const FLOAT = 4;
/** Arrays over the vocabulary that sampling holds at once. */
const VOCABULARY_ARRAYS = 6;

/**
 * Rows that one generation call may take: their keys and values, a layer's activations over the prompt and what sampling
 * makes of the logits stay below 512 MiB. Of the config alone, so that a run is cut alike on every machine.
 * @param q columns of the prompts
 * @param r most new tokens
 */
export function rowsAtOnce(config: ModelConfig, q: number, r: number): number {
  const { layers, keyValueHeads, headWidth, vocabSize, innerWidth, width } = config;
  const keysAndValues = 2 * layers * keyValueHeads * headWidth * (q + r);
  const activations = q * (3 * innerWidth + 8 * width);
  const floats = 2 * keysAndValues + activations + VOCABULARY_ARRAYS * vocabSize;
  return Math.max(1, Math.floor(ROOM / (FLOAT * floats)));
}

/** Chunks of one call: the largest divisor of their number whose rows fit, so that every call has one shape. */
function chunksAtOnce(count: number, rows: number, most: number): number {
  let size = Math.max(1, Math.min(count, Math.floor(most / rows)));
  while (count % size !== 0) size -= 1;
  return size;
}

function joined(prompts: readonly PaddedPrompts[]): PaddedPrompts {
  return {
    ids: stackRows(prompts.map(({ ids }) => ids)),
    attentionMask: stackRows(prompts.map(({ attentionMask }) => attentionMask)),
  };
}

function part(
  { ids, lengths, logprobs, endedByStop }: GenerationResult,
  index: number,
  rows: number,
): GenerationResult {
  const own = Array.from({ length: rows }, (_, row) => index * rows + row);
  return {
    ids: takeRows(ids, own),
    lengths: takeRows(lengths, own),
    logprobs: takeRows(logprobs, own),
    endedByStop: own.map((row) => endedByStop[row] as boolean),
  };
}

/**
 * Samples the replies to chunks of one shape, as many of them in a call as fit: a decoding step costs little more for
 * many rows than for few. Each chunk has the draws of its own seed, however the calls are cut.
 * @throws KeelError `context_exceeded`.
 */
export function generateChunks(
  generate: Generator,
  chunks: readonly PaddedPrompts[],
  seeds: readonly number[],
  mostRows: number,
): readonly GenerationResult[] {
  const rows = chunks[0]!.ids.shape[0] as number;
  const size = chunksAtOnce(chunks.length, rows, mostRows);
  return Array.from({ length: chunks.length / size }, (_, call) => {
    const own = { from: call * size, to: (call + 1) * size };
    const whole = generate(joined(chunks.slice(own.from, own.to)), seeds.slice(own.from, own.to));
    return Array.from({ length: size }, (__, index) => part(whole, index, rows));
  }).flat();
}
