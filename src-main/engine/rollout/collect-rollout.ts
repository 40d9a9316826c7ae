import type { Rollout, TokenBatch } from '../records.ts';
import { type BoolHost, bool, type FloatHost, float32, type IntHost, int32 } from '../runtime/host-tensor.ts';
import { stackRows } from '../runtime/stack-rows.ts';
import { type CutResponse, type CutRules, cutResponse } from './cut-response.ts';
import type { GenerationResult, Generator } from './generate.ts';
import { generateChunks } from './generate-chunks.ts';
import type { RolloutScorer } from './score-rollout.ts';

function padLeft<D extends Int32Array | Uint8Array>(data: D, from: number, to: number, result: D): D {
  const rows = data.length / from;
  for (let row = 0; row < rows; row++) {
    result.set(data.subarray(row * from, (row + 1) * from) as never, row * to + to - from);
  }
  return result;
}

function widen(rollout: Rollout, length: number, padTokenId: number): Rollout {
  const [rows, from] = rollout.promptIds.shape as [number, number];
  if (from === length) return rollout;
  const ids = padLeft(rollout.promptIds.data, from, length, new Int32Array(rows * length).fill(padTokenId));
  const real = padLeft(rollout.promptMask.data, from, length, new Uint8Array(rows * length));
  return { ...rollout, promptIds: int32(ids, [rows, length]), promptMask: bool(real, [rows, length]) };
}

function stackOptional(parts: readonly (FloatHost | null)[]): FloatHost | null {
  return parts.every((part) => part !== null) ? stackRows(parts) : null;
}

/** Joins chunks of one collection into one rollout; prompts are padded on the left to the longest of them. */
export function joinRollouts(chunks: readonly Rollout[], padTokenId: number): Rollout {
  const q = Math.max(...chunks.map((chunk) => chunk.promptIds.shape[1]!));
  const wide = chunks.map((chunk) => widen(chunk, q, padTokenId));
  return {
    promptIds: stackRows(wide.map((chunk) => chunk.promptIds)),
    promptMask: stackRows(wide.map((chunk) => chunk.promptMask)),
    responseIds: stackRows(wide.map((chunk) => chunk.responseIds)),
    responseMask: stackRows(wide.map((chunk) => chunk.responseMask)),
    samplingLogprobs: stackRows(wide.map((chunk) => chunk.samplingLogprobs)),
    oldLogprobs: stackRows(wide.map((chunk) => chunk.oldLogprobs)),
    refLogprobs: stackRows(wide.map((chunk) => chunk.refLogprobs)),
    exactKl: stackOptional(wide.map((chunk) => chunk.exactKl)),
    entropy: stackOptional(wide.map((chunk) => chunk.entropy)),
    values: stackOptional(wide.map((chunk) => chunk.values)),
    endedByStop: wide.flatMap((chunk) => chunk.endedByStop),
    prompts: wide.flatMap((chunk) => chunk.prompts),
    responses: wide.flatMap((chunk) => chunk.responses),
  };
}

/** Prompts that are scored at once; [b, q], padded on the left. */
export interface PromptChunk {
  readonly batch: TokenBatch;
  readonly texts: readonly string[];
}

export interface CollectorParts {
  readonly generate: Generator;
  /** Rows per generation call for prompts of q columns; chunks are joined up to this number. */
  readonly rowsAtOnce: (q: number) => number;
  readonly score: RolloutScorer;
  readonly cut: CutRules;
  readonly padTokenId: number;
  /** r, the maximum number of new tokens per response. */
  readonly responseLength: number;
  /**
   * Decodes and re-tokenizes the response, as the released code does, instead of keeping the sampled ids; null keeps
   * the sampled ids.
   */
  readonly reencode: ((text: string) => readonly number[]) | null;
  /**
   * `explicit`: an entry is a response token or the stop token. `attention`: the released layout, in which the mask
   * covers everything that differs from padding, and one padded entry follows a response shorter than the longest of
   * its chunk.
   */
  readonly layout: 'explicit' | 'attention';
}

/** All chunks have the same shape. */
export type Collect = (chunks: readonly PromptChunk[], seedOf: (chunk: number) => number) => Rollout;

interface Layout {
  readonly ids: IntHost;
  readonly responseMask: BoolHost;
}

/** [b, r] ids padded on the right; true on stored entries. Source: docs/algorithms/apa.md, rollout layout. */
export function layOut(
  responses: readonly (readonly number[])[],
  parts: Pick<CollectorParts, 'padTokenId' | 'responseLength' | 'layout'>,
): Layout {
  const { responseLength, padTokenId, layout } = parts;
  const shape = [responses.length, responseLength];
  const ids = new Int32Array(responses.length * responseLength).fill(padTokenId);
  const stored = new Uint8Array(ids.length);
  const longest = Math.min(responseLength, Math.max(...responses.map((row) => row.length)));
  responses.forEach((row, index) => {
    const kept = row.slice(0, responseLength);
    ids.set(kept, index * responseLength);
    const extra = layout === 'attention' && kept.length < longest ? 1 : 0;
    stored.fill(1, index * responseLength, index * responseLength + kept.length + extra);
  });
  return { ids: int32(ids, shape), responseMask: bool(stored, shape) };
}

/** The real ids of each row. Shape: [b, r] and [b]. */
export function unpad(ids: IntHost, lengths: Int32Array): readonly (readonly number[])[] {
  const width = ids.shape[1]!;
  return Array.from(lengths, (length, row) => Array.from(ids.data.subarray(row * width, row * width + length)));
}

/**
 * Sampling log-probs belong to the sampled ids; entries that were re-encoded or laid out again have none and count as 0.
 */
function alignLogprobs(sampled: FloatHost, cut: readonly CutResponse[], sameIds: boolean): FloatHost {
  const [rows, width] = sampled.shape as [number, number];
  const result = new Float32Array(rows * width);
  if (sameIds) {
    cut.forEach((row, index) => {
      const start = index * width;
      result.set(sampled.data.subarray(start, start + row.ids.length), start);
    });
  }
  return float32(result, [rows, width]);
}

/**
 * Collects one rollout: samples responses to all chunks, then, chunk by chunk, cuts the responses at their stop, lays
 * them out and scores them with the reference and the critic (and the policy, if the scorer includes it).
 */
export function createCollector(parts: CollectorParts): Collect {
  function collectChunk(chunk: PromptChunk, sampled: GenerationResult): Rollout {
    const cut = unpad(sampled.ids, sampled.lengths.data).map((ids) => cutResponse(ids, parts.cut));
    const { reencode } = parts;
    const responses = reencode ? cut.map((row) => reencode(row.text)) : cut.map((row) => row.ids);
    const { ids, responseMask } = layOut(responses, parts);
    const scores = parts.score({ prompt: chunk.batch, responseIds: ids, responseMask });
    const samplingLogprobs = alignLogprobs(sampled.logprobs, cut, reencode === null);
    return {
      promptIds: chunk.batch.ids,
      promptMask: chunk.batch.attentionMask,
      responseIds: ids,
      responseMask,
      samplingLogprobs,
      oldLogprobs: scores.policyLogprobs ?? samplingLogprobs,
      refLogprobs: scores.refLogprobs,
      exactKl: scores.exactKl,
      entropy: scores.entropy,
      values: scores.values,
      endedByStop: cut.map((row) => row.endedByStop),
      prompts: chunk.texts,
      responses: cut.map((row) => row.text),
    };
  }
  return (chunks, seedOf) => {
    const prompts = chunks.map(({ batch }) => ({ ids: batch.ids, attentionMask: batch.attentionMask }));
    const mostRows = parts.rowsAtOnce(prompts[0]!.ids.shape[1] as number);
    const sampled = generateChunks(parts.generate, prompts, Array.from(chunks.keys(), seedOf), mostRows);
    return joinRollouts(
      chunks.map((chunk, index) => collectChunk(chunk, sampled[index]!)),
      parts.padTokenId,
    );
  };
}
