import type { ModelConfig } from '../model/config/model-config.ts';
import { stackRows } from '../runtime/stack-rows.ts';
import { takeRows } from '../runtime/take-rows.ts';
import type { GenerationResult, Generator, PaddedPrompts } from './generate.ts';

/** Maximum bytes that the rows of one generation call may take in addition to the weights. */
const ROOM = 512 * 2 ** 20;
const FLOAT = 4;
/** Number of vocabulary-sized arrays that sampling holds at once. */
const VOCABULARY_ARRAYS = 6;

/**
 * Number of rows per generation call: their keys and values, a layer's activations over the prompt and the arrays that
 * sampling derives from the logits stay below 512 MiB. Depends on the config alone, so that a run is split the same way
 * on every machine.
 * @param q number of prompt columns
 * @param r maximum number of new tokens
 */
export function rowsAtOnce(config: ModelConfig, q: number, r: number): number {
  const { layers, keyValueHeads, headWidth, vocabSize, innerWidth, width } = config;
  const keysAndValues = 2 * layers * keyValueHeads * headWidth * (q + r);
  const activations = q * (3 * innerWidth + 8 * width);
  const floats = 2 * keysAndValues + activations + VOCABULARY_ARRAYS * vocabSize;
  return Math.max(1, Math.floor(ROOM / (FLOAT * floats)));
}

/** Chunks per call: the largest divisor of their number whose rows fit, so that every call has the same shape. */
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
 * Samples the responses to chunks of one shape, with as many chunks per call as fit: a decoding step costs little more
 * for many rows than for few. Each chunk uses the draws of its own seed, however the calls are split.
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
